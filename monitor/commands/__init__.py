"""What the program does instead of serving: `python -m monitor NAME`.

What a command needs is imported when it runs: `monitor --help` and the start wait for none of it.
"""

from monitor.commands import backup, check, completion, export, install_service, snapshot
from monitor.commands.command import Command

ALL: tuple[Command, ...] = (
    backup.COMMAND,
    check.COMMAND,
    completion.COMMAND,
    export.COMMAND,
    install_service.COMMAND,
    snapshot.COMMAND,
)
BY_NAME = {command.name: command for command in ALL}
