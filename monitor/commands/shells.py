"""Completion of the flags, in the words of each shell."""

from collections.abc import Iterable, Iterator

from monitor import commands
from monitor.commands import surface
from monitor.commands.surface import Flag, Takes

BASH = """\
# bash completion of monitor
_monitor() {{
    local cur=$2 prev=$3 command=
    # Words are split at =, so that of --flag=value the value is completed.
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${{COMP_WORDS[COMP_CWORD-2]}}
    if (( COMP_CWORD > 1 )); then
        case ${{COMP_WORDS[1]}} in {names}) command=${{COMP_WORDS[1]}} ;; esac
    fi
    COMPREPLY=()
    case $command:$prev in
{values}
    esac
    case $command in
{flags}
    esac
}}
complete -F _monitor monitor
"""
ZSH = """\
#compdef monitor
_monitor() {{
    local command=$words[2]
    case $command in
{cases}
    *)
        (( CURRENT == 2 )) && _values command {named}
        _arguments {program}
        ;;
    esac
}}
_monitor "$@"
"""


# Outside of a completion, as in a test, there is nothing to set.
NAMES = "compopt -o filenames 2>/dev/null"


def bash() -> str:
    """For bash-completion, or to be sourced."""
    values, flags = [], []
    for name, of in _all():
        values += [
            f"    {name}:{spelling}) {offer}; return ;;"
            for flag in of
            for spelling in flag.names
            if (offer := _bash_offer(flag)) is not None
        ]
        offered = [*surface.spellings(of), *(word for f in of if not f.names for word in f.words)]
        offered += list(commands.BY_NAME) if not name else []
        pattern = name or '""'
        flags.append(f'    {pattern}) COMPREPLY=($(compgen -W "{" ".join(offered)}" -- "$cur")) ;;')
    return BASH.format(
        names="|".join(commands.BY_NAME), values="\n".join(values), flags="\n".join(flags)
    )


def _bash_offer(flag: Flag) -> str | None:
    """What completes its value; None where it has none."""
    if flag.takes is Takes.NOTHING:
        return None
    if flag.words:
        return f'COMPREPLY=($(compgen -W "{" ".join(flag.words)}" -- "$cur"))'
    if flag.takes is Takes.TEXT:
        return "COMPREPLY=()"
    kind = "f" if flag.takes is Takes.FILE else "d"
    # A line each: names of files may hold blanks, which `filenames` lets bash quote.
    return f"local IFS=$'\\n'; COMPREPLY=($(compgen -{kind} -- \"$cur\")); {NAMES}"


def zsh() -> str:
    """For a file _monitor in a directory of $fpath."""
    cases = []
    for name, flags in _all():
        if name:
            cases.append(f"    {name})\n        shift words; (( CURRENT-- ))")
            cases.append(f"        _arguments {_zsh_arguments(flags)}\n        ;;")
    named = " ".join(_quoted(f"{one.name}[{_zsh_plain(one.help)}]") for one in commands.ALL)
    program = _zsh_arguments(surface.program())
    return ZSH.format(cases="\n".join(cases), named=named, program=program)


def _zsh_arguments(flags: Iterable[Flag]) -> str:
    return " ".join(_quoted(text) for flag in flags for text in _zsh_argument(flag))


def _zsh_argument(flag: Flag) -> Iterator[str]:
    value = ""
    if flag.takes is not Takes.NOTHING:
        action = {Takes.FILE: "_files", Takes.DIRECTORY: "_files -/", Takes.TEXT: " "}[flag.takes]
        value = f":{flag.metavar}:" + (f"({' '.join(flag.words)})" if flag.words else action)
    if not flag.names:
        yield value
    for name in flag.names:
        equals = "=" if value and name.startswith("--") else ""
        yield f"*{name}{equals}[{_zsh_plain(flag.help)}]{value}"


def _zsh_plain(text: str) -> str:
    return surface.first(text).translate(str.maketrans("[]:", "() "))


def fish() -> str:
    """For a file monitor.fish of its completions."""
    names = " ".join(commands.BY_NAME)
    lines = ["# fish completion of monitor", "complete -c monitor -f"]
    none = f"not __fish_seen_subcommand_from {names}"
    lines += [_fish(none, f"-a {one.name} -d {_quoted(one.help)}") for one in commands.ALL]
    for name, flags in _all():
        when = f"__fish_seen_subcommand_from {name}" if name else none
        lines += [_fish(when, _fish_flag(flag)) for flag in flags]
    return "\n".join(lines) + "\n"


def _fish(when: str, what: str) -> str:
    return f"complete -c monitor -n {_quoted(when)} {what}"


def _fish_flag(flag: Flag) -> str:
    words = f" -a {_quoted(' '.join(flag.words))}" if flag.words else ""
    if not flag.names:
        return words.strip()
    spelt = " ".join(f"-{'l' if n.startswith('--') else 's'} {n.lstrip('-')}" for n in flag.names)
    value = {Takes.NOTHING: "", Takes.TEXT: " -x", Takes.FILE: " -r -F"}.get(
        flag.takes, " -x -a '(__fish_complete_directories)'"
    )
    return f"{spelt}{value}{words} -d {_quoted(surface.first(flag.help))}"


def _all() -> Iterator[tuple[str, list[Flag]]]:
    """Each command's name and flags; without a name the program's own."""
    yield "", surface.program()
    for command in commands.ALL:
        yield command.name, surface.of(command)


def _quoted(text: str) -> str:
    """One word, for all three of them."""
    return "'" + text.replace("\\", "\\\\").replace("'", "'\\''") + "'"
