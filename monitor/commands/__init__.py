"""What the program does instead of serving: `python -m monitor NAME`.

What a command needs is imported when it runs: `monitor --help` and the start wait for none of it.
"""

from monitor.commands import export, passwd, token
from monitor.commands.command import Command

ALL: tuple[Command, ...] = (export.COMMAND, passwd.COMMAND, token.COMMAND)
BY_NAME = {command.name: command for command in ALL}
