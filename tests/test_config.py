"""Each setting has one declaration, and each source of it is read by the same rule."""

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import SYSTEMD, load
from monitor.config import OPTIONS, Config, ConfigError, Option
from monitor.flags import parser

HOME = {"HOME": "/home/somebody"}

# name -> (text, value, the same in TOML)
GOOD: dict[str, tuple[str, object, str]] = {
    "host": ("::1", "::1", '"::1"'),
    "port": ("0", 0, "0"),
    "interval": ("0.25", 0.25, "0.25"),
    "process_interval": ("0.5", 0.5, "0.5"),
    "cpu_budget": ("0.5", 0.5, "0.5"),
    "textfile_dir": ("/srv/t", Path("/srv/t"), '"/srv/t"'),
    "data_dir": ("/srv/m", Path("/srv/m"), '"/srv/m"'),
    "password_file": ("/srv/p", Path("/srv/p"), '"/srv/p"'),
    "history_size": ("16M", 16 << 20, '"16M"'),
    "max_viewers": ("9", 9, "9"),
    "max_viewers_per_address": ("8", 8, "8"),
    "log_level": ("debug", "debug", '"debug"'),
    "log_format": ("json", "json", '"json"'),
    "base_path": ("/a/b.c/", "/a/b.c", '"/a/b.c/"'),
    "allowed_host": ("A.example, b", ("a.example", "b"), '["A.example", "b"]'),
    "cors_origin": (
        "https://A.example, http://[::1]:8080",
        ("https://a.example", "http://[::1]:8080"),
        '["https://A.example", "http://[::1]:8080"]',
    ),
    "trusted_proxy": (
        "10.0.0.0/8, ::1",
        (ip_network("10.0.0.0/8"), ip_network("::1")),
        '["10.0.0.0/8", "::1"]',
    ),
    "tls_cert": ("/srv/c", Path("/srv/c"), '"/srv/c"'),
    "tls_key": ("/srv/k", Path("/srv/k"), '"/srv/k"'),
}
IN_FILE = [option for option in OPTIONS if option.name != "config"]


def attribute(name: str) -> str:
    fields = {item.metadata["option"].name: item.name for item in dataclasses.fields(Config)}
    return fields[name]


def refusal(argv: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(list(argv), HOME | dict(environ or {}))
    text = str(caught.value)
    assert text.isprintable(), text
    return text


def toml(tmp_path: Path, text: str | bytes) -> list[str]:
    file = tmp_path / "monitor.toml"
    if isinstance(text, bytes):
        file.write_bytes(text)
    else:
        file.write_text(text, encoding="utf-8")
    return ["--config", str(file)]


def test_defaults_are_these() -> None:
    assert load([], HOME) == Config(
        host="127.0.0.1",
        port=9050,
        interval=1.0,
        process_interval=1.0,
        cpu_budget=2.0,
        textfile_dir=None,
        data_dir=Path("/home/somebody/.local/state/monitor"),
        password_file=None,
        history_size=1 << 30,
        config_file=None,
        max_viewers=256,
        max_viewers_per_address=32,
        log_level="info",
        log_format="text",
        base_path="",
        allowed_hosts=(),
        cors_origins=(),
        trusted_proxies=(),
        tls_cert=None,
        tls_key=None,
    )


def test_a_config_is_frozen_and_slotted() -> None:
    config = Config(port=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.port = 2  # type: ignore[misc]
    assert not hasattr(config, "__dict__")


def test_every_option_has_a_good_example_here() -> None:
    assert set(GOOD) == {option.name for option in IN_FILE}


@pytest.mark.parametrize("option", IN_FILE, ids=lambda option: option.name)
def test_every_source_gives_the_same_value_and_they_win_in_order(
    option: Option, tmp_path: Path
) -> None:
    text, value, in_toml = GOOD[option.name]
    file = toml(tmp_path, f"{option.name} = {in_toml}\n")
    default = {option.variable: option.default} if option.derive is None else {}

    def get(argv: list[str], environ: dict[str, str]) -> Any:
        return getattr(load(argv, HOME | environ), attribute(option.name))

    assert get([option.flag, text], {}) == value
    assert get([f"{option.flag}={text}"], default) == value
    assert get([], {option.variable: text}) == value
    assert get(file, {}) == value
    if default:
        assert get(file, default) == option.rule.parse(option.default) != value
        assert get([*file, option.flag, option.default], {option.variable: text}) != value


def test_the_file_may_be_named_by_flag_or_variable_and_the_flag_wins(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("port = 1\n")
    assert load([], HOME | {"MONITOR_CONFIG": str(file)}).port == 1
    absent = str(tmp_path / "absent.toml")
    config = load(["--config", str(file)], HOME | {"MONITOR_CONFIG": absent})
    assert (config.port, config.config_file) == (1, file)


def test_a_wrong_value_is_refused_also_where_another_would_win() -> None:
    assert "environment MONITOR_PORT" in refusal(["--port", "1"], {"MONITOR_PORT": "x"})


def test_whole_numbers_do_for_seconds_in_the_file(tmp_path: Path) -> None:
    interval = load(toml(tmp_path, "interval = 2\n"), HOME).interval
    assert interval == 2.0 and type(interval) is float


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    assert load(toml(tmp_path, b"\xef\xbb\xbfport = 1\r\n"), HOME).port == 1


def test_hosts_add_up_within_a_source_and_not_across_sources(tmp_path: Path) -> None:
    file = toml(tmp_path, 'allowed_host = "a,b"\n')
    assert load(file, HOME).allowed_hosts == ("a", "b")
    given = load([*file, "--allowed-host", "c", "--allowed-host", "d,e"], HOME)
    assert given.allowed_hosts == ("c", "d", "e")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/monitor"}, "/var/lib/monitor"),
        ({"STATE_DIRECTORY": "/a:/b", "XDG_STATE_HOME": "/x"}, "/a"),
        ({"STATE_DIRECTORY": "", "XDG_STATE_HOME": "/x"}, "/x/monitor"),
        ({"XDG_STATE_HOME": "relative"}, "/home/somebody/.local/state/monitor"),
    ],
)
def test_data_goes_where_systemd_or_xdg_say(environ: dict[str, str], expected: str) -> None:
    assert load([], HOME | environ).data_dir == Path(expected)


def test_without_a_home_the_data_directory_is_a_services(monkeypatch: pytest.MonkeyPatch) -> None:
    # What expanduser() says for a user who is not in the list of users.
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert load([], {}).data_dir == Path("/var/lib/monitor")


# What no source may say. Empty is a value, and wrong for all but the last two.
BAD = {
    "host": ["", " ", "*", "[::1]", "a b", "-a", "a..b", "0", "127.1", "1.2.3.400", "0x7f000001",
             "http://a", "a:80", "a\n", "é", "x" * 64, "a." * 130 + "a", "fe80::1%e h"],
    "port": ["", "-1", "65536", "x", "1.0", "+1", " 1", "1_0", "0x1", "\u0663", "9" * 5000],
    "interval": ["", "0", "0.2499", "60.1", "-1", "nan", "inf", "-inf", "1e999", "1_0", " 1", "1s"],
    "process_interval": ["", "0", "60.1", "1s"],
    "cpu_budget": ["", "0", "0.09", "100.1", "2%", "-1", "1e1", "nan", "1_0"],
    "textfile_dir": ["", "~", "~/x"],
    "data_dir": ["", "~", "~/x", "~root/x"],
    "password_file": ["", "~/x"],
    "history_size": ["", "0", "15M", "16m", "1.5G", "-1G", "1GiB", "G", "1 G", "1_000M", "99999T"],
    "config": ["", "~/x"],
    "max_viewers": ["", "0", "-1", "1e3", "1000000"],
    "max_viewers_per_address": ["", "0", "x"],
    "log_level": ["", "INFO", "trace", "20"],
    "log_format": ["", "xml"],
    "base_path": ["monitor", "//", "/a//b", "/..", "/a/../b", "/.", "/a/.", "/a b", "/a?b", "/a#b",
                  "/%2e", "/a\n", "/é", "http://a/b", "\\a"],
    "allowed_host": [",", "a,,b", "http://a", "a:80", "*.example", "a b"],
    "cors_origin": [",", "*", "null", "a", "http://", "http://a/", "http://a:0x1", "ftp://a",
                    "http://a b", "http://[a]", "https://a,*"],
    "trusted_proxy": [",", "*", "a", "10.0.0.1/8", "10.0.0.0/33", "::1%lo/", "1.2.3"],
    "tls_cert": ["", "~/x"],
    "tls_key": ["", "~/x"],
}  # fmt: skip


def test_every_option_has_bad_examples_here() -> None:
    assert set(BAD) == {option.name for option in OPTIONS}


@pytest.mark.parametrize(
    ("option", "text"), [(option, text) for option in OPTIONS for text in BAD[option.name]]
)
def test_a_wrong_text_is_refused_by_name_source_and_what_is_allowed(
    option: Option, text: str
) -> None:
    by_flag = refusal([f"{option.flag}={text}"])
    by_variable = refusal(environ={option.variable: text})
    assert by_flag.startswith(f"{option.name} is ") and f"(flag {option.flag})" in by_flag
    assert f"(environment {option.variable})" in by_variable
    for said in (by_flag, by_variable):
        assert said.endswith(f"allowed: {option.rule.allowed}") and len(said) < 300


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('port = "9050"', "'9050'"),
        ("port = true", "true"),
        ("port = 9050.0", "9050.0"),
        ("port = 65536", "65536"),
        ("port = 0x" + "f" * 9000, "a number of thousands of digits"),
        ("port = {a = 1}", "a table"),
        ("port = [9050]", "an array"),
        ("port = 2026-11-22", "2026-11-22"),
        ("[port]\nx = 1", "a table"),
        ("interval = nan", "nan"),
        ("interval = inf", "inf"),
        ("interval = false", "false"),
        ('interval = "1"', "'1'"),
        ("host = 1", "1"),
        ('host = "a\\nmonitor: fake"', "'a\\nmonitor: fake'"),
        ("log_level = 20", "20"),
        ('data_dir = "a\\u0000b"', "'a\\x00b'"),
        ('base_path = "/a/../b"', "'/a/../b'"),
        ("allowed_host = [1]", "1"),
        ('allowed_host = ["a", "b c"]', "'b c'"),
        ('allowed_host = [["a"]]', "an array"),
        ('config = "other.toml"', "'other.toml'"),
    ],
)
def test_a_wrong_type_or_value_in_the_file_is_refused(
    line: str, shown: str, tmp_path: Path
) -> None:
    argv = toml(tmp_path, line + "\n")
    key = line.strip("[").split()[0].rstrip("]")
    said = refusal(argv)
    assert said.startswith(f"{key} is {shown} (file {argv[1]}, key {key}); allowed: "), said


def test_numbers_in_quotes_are_told_what_is_wrong_with_them(tmp_path: Path) -> None:
    assert refusal(toml(tmp_path, 'port = "9050"')).endswith("without quotes")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("prot = 1", "port"),
        ("base-path = '/a'", "base_path"),
        ("LOG_LEVEL = 'info'", "log_level"),
        ("allowed_hosts = []", "allowed_host"),
        ("[monitor]\nport = 1", None),
        ("'a\\nb' = 1", None),
        ('"a\\nb\\u001b[2J" = 1', None),
        ('"" = 1', None),
        ("x" * 100_000 + " = 1", None),
    ],
)
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(
    text: str, meant: str | None, tmp_path: Path
) -> None:
    argv = toml(tmp_path, text + "\n")
    said = refusal(argv)
    assert said.startswith("unknown key '") and f"(file {argv[1]})" in said
    assert ("did you mean" in said) == bool(meant) and len(said) < 500
    assert f"did you mean {meant}? " in said or not meant
    assert "allowed: host, port, interval" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("port 1", "line 1"),
        ("host = 'a'\nport = \n", "line 2"),
        ("host = 'a'\nport = ", "the end, line 2"),
        ("port = 1\nport = 2\n", "line 2"),
        ("a = '\x1b[2J'", "line 1"),
        ("a = 2026-13-45", "line 1"),
        (b"# one\n# \xff\n", "not UTF-8 (line 2)"),
        ("port = 1".encode("utf-16"), "not UTF-8 (line 1)"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("#" * (2 << 20), "too long"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_the_line(
    text: str | bytes, why: str, tmp_path: Path
) -> None:
    argv = toml(tmp_path, text)
    said = refusal(argv)
    assert said.startswith("config: ") and argv[1] in said and why in said, said


@pytest.mark.parametrize("name", ["absent.toml", ".", "new\nline", "\udcff"])
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(["--config", str(tmp_path / name)]).startswith("config: cannot read file ")


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    assert load(toml(tmp_path, ""), HOME).port == 9050


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MONITOR_PROT", "MONITOR_PORT"),
        ("MONITOR_LOGLEVEL", "MONITOR_LOG_LEVEL"),
        ("MONITOR_BASE-PATH", "MONITOR_BASE_PATH"),
        ("MONITOR_", None),
        ("MONITOR_ZZZZZZZZZZZZZZZZZZZ\n\x1b", None),
    ],
)
def test_an_unknown_variable_is_refused_with_the_one_that_was_meant(
    name: str, meant: str | None
) -> None:
    said = refusal(environ={name: "1"})
    assert said.startswith("unknown variable ") and "(environment)" in said
    assert f"did you mean {meant}? " in said or not meant
    assert "allowed: MONITOR_HOST, MONITOR_PORT" in said


def test_what_systemd_sets_itself_and_what_is_not_ours_is_left_alone() -> None:
    environ = dict.fromkeys(SYSTEMD, "x") | {"MONITORING": "x", "XMONITOR_PORT": "x"}
    assert "MONITOR_EXIT_STATUS" in environ
    assert load([], HOME | environ) == load([], HOME)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--prot", "1"], "did you mean --port?"),
        (["--por=1"], "did you mean --port?"),
        (["--base_path=/a"], "did you mean --base-path?"),
        (["-port", "1"], "did you mean --port?"),
        (["foo"], "unknown argument 'foo'"),
        (["a\nb"], "unknown argument 'a\\nb'"),
        (["--", "--port"], "unknown argument"),
        (["--port"], "flag --port: expected one argument; allowed: a whole number"),
        (["--port", "--host", "a"], "flag --port: expected one argument"),
        (["--version=3"], "flag --version"),
        (["-x\udcff"], "unknown argument"),
    ],
)
def test_a_wrong_command_line_is_refused(argv: list[str], said: str) -> None:
    assert said in refusal(argv)


def test_help_names_every_flag_variable_default_and_what_is_allowed() -> None:
    words = " ".join(parser().format_help().split())
    for option in OPTIONS:
        for part in (option.flag, option.variable, option.default, option.help):
            assert part in words
        assert " ".join(option.rule.allowed.split()) in words


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_readme_has_the_line_of_each_setting(option: Option) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in row.split("|")[1:-1]] for row in readme.splitlines()]
    row = next(row for row in rows if row[:1] == [option.flag])
    assert row[1:3] == [option.variable, option.name if option.rule.types else ""]
    if option.derive is None:
        assert row[3] == option.default
    assert row[4]


def test_the_readme_has_no_setting_that_is_none() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(--[a-z-]+)`", readme, re.MULTILINE))
    assert named == {option.flag for option in OPTIONS} | {"--version"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which becomes another user")
def test_a_password_that_cannot_be_looked_at_is_there(tmp_path: Path) -> None:
    """It is refused at the start; to pass over it would let everybody in."""
    handed = tmp_path / "credentials"
    handed.mkdir(mode=0o700)
    environ = {"CREDENTIALS_DIRECTORY": str(handed), "HOME": "/"}
    assert load([], environ).password_file is None
    os.seteuid(4711)
    try:
        assert load([], environ).password_file == handed / "password"
    finally:
        os.seteuid(0)
