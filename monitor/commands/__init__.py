"""What the program does instead of serving: `python -m monitor NAME`.

What a command needs is imported when it runs: `monitor --help` and the start wait for none of it.
"""

from monitor.commands import (
    backup,
    check,
    completion,
    export,
    install_service,
    passwd,
    snapshot,
    token,
)
from monitor.commands.command import Command

ALL: tuple[Command, ...] = (
    backup.COMMAND,
    check.COMMAND,
    completion.COMMAND,
    export.COMMAND,
    install_service.COMMAND,
    passwd.COMMAND,
    snapshot.COMMAND,
    token.COMMAND,
)
BY_NAME = {command.name: command for command in ALL}
