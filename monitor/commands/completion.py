"""`monitor completion`: what a shell needs to complete the program's flags."""

import argparse
import sys

from monitor.commands.command import DONE, Command
from monitor.config import Config

SHELLS = ("bash", "zsh", "fish")
HELP = """\
bash: monitor completion bash > ~/.local/share/bash-completion/completions/monitor
zsh:  monitor completion zsh > DIR/_monitor, where DIR is in $fpath
fish: monitor completion fish > ~/.config/fish/completions/monitor.fish"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Its argument."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=HELP)


def run(found: argparse.Namespace, config: Config, now: float) -> int:
    """Print it."""
    from monitor.commands import shells  # which knows all commands, this one included

    sys.stdout.write(getattr(shells, found.shell)())
    return DONE


COMMAND = Command(
    name="completion",
    help="Print what bash, zsh or fish needs to complete the flags.",
    settings=(),
    declare=declare,
    run=run,
)
