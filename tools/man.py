"""Writes the manual page: `python -m tools.man > docs/monitor.1`."""

import sys
from collections.abc import Iterable, Iterator

import monitor
from monitor import commands
from monitor.commands import surface
from monitor.commands.surface import Flag, Takes
from monitor.config import OPTIONS

HEAD = """\
.TH MONITOR 1 "" "monitor {version}" "User Commands"
.SH NAME
monitor \\- this machine in a browser, second by second
.SH SYNOPSIS
.B monitor
.RI [ FLAG ...]
.br
.B monitor
.I COMMAND
.RI [ FLAG ...]
.SH DESCRIPTION
Serves a page that shows this machine live: processors, memory, disks, network and every process.
Open it at http://127.0.0.1:9050/. Programs read the same from the WebSocket /ws/metrics, and
Prometheus from /metrics. SIGTERM and SIGINT end it; SIGHUP reads the settings again.
.SH FLAGS
Each is also an environment variable and, with underscores, a key of the TOML file. A flag wins over
its variable, that over the file, that over the default.
"""
TAIL = """\
.SH EXIT STATUS
.TP
.B 0
It was stopped, or the command has done what it is for.
.TP
.B 1
It could not start, or the command has failed.
.TP
.B 2
A setting is wrong.
.SH SEE ALSO
.BR systemctl (1),
.BR sd_notify (3)
"""


def page() -> str:
    """All of it, as roff."""
    parts = [HEAD.format(version=plain(monitor.__version__))]
    parts += options()
    parts.append(".SH COMMANDS\n")
    for command in commands.ALL:
        parts.append(f".SS monitor {plain(command.name)}\n{plain(command.help)}\n")
        parts += flags(surface.of(command))
    return "".join(parts) + TAIL


def options() -> Iterator[str]:
    """The program's flags, with what is allowed."""
    by_flag = {option.flag: option for option in OPTIONS}
    for flag in surface.program():
        yield heading(flag)
        option = by_flag.get(flag.names[0])
        if option is None:
            yield f"{plain(flag.help)}\n"
            continue
        default = f" Default {plain(option.default)}." if option.default else ""
        yield f"{plain(option.help)}: {plain(option.rule.allowed)}.{default}\n"
        yield f"Variable {plain(option.variable)}.\n"


def flags(given: Iterable[Flag]) -> Iterator[str]:
    """Those of a command."""
    for flag in given:
        yield heading(flag)
        yield "\n.br\n".join(map(plain, flag.help.split("\n"))) + "\n"


def heading(flag: Flag) -> str:
    spelt = ", ".join(f"\\fB{plain(name)}\\fR" for name in flag.names)
    value = "" if flag.takes is Takes.NOTHING else f"\\fI{plain(flag.metavar)}\\fR"
    return f".TP\n{' '.join(part for part in (spelt, value) if part)}\n"


def plain(text: str) -> str:
    """As text that roff takes for nothing else."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    sys.stdout.write(page())
