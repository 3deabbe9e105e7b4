"""The process: its exit codes, and that what is wrong takes one line and no traceback."""

import itertools
import logging
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO

import pytest

import monitor
from monitor import cli, log
from monitor.config import Config

ROOT = Path(__file__).parents[1]
FULL = Path("/dev/full")
# Neither the settings nor the buffering of whoever runs the tests.
ENVIRON = {
    key: value for key, value in os.environ.items() if not key.startswith(("MONITOR_", "PYTHON"))
}
COMMAND = (sys.executable, "-X", "dev", "-W", "error", "-m", "monitor")


Text = str | bytes


def run(
    *argv: Text,
    environ: Mapping[Text, Text] = MappingProxyType({}),
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *argv],
        cwd=ROOT,
        env={
            os.fsencode(key): os.fsencode(value)
            for key, value in itertools.chain(ENVIRON.items(), environ.items())
        },
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        timeout=60,
        check=False,
    )


WRONG: dict[str, tuple[list[Text], Mapping[Text, Text], bytes]] = {
    "flag value": (["--port", "x"], {}, b""),
    "flag out of range": (["--interval", "61"], {}, b""),
    "flag of empty text": (["--host", ""], {}, b""),
    "flag with a fake line": (["--log-level", "info\nmonitor: all is well"], {}, b""),
    "flag with an escape": (["--base-path", "/\x1b[31m"], {}, b""),
    "flag of no UTF-8": ([b"--data-dir=~\xff"], {}, b""),
    "unknown flag": (["--prot", "1"], {}, b""),
    "unknown flag of no UTF-8": ([b"--\xff"], {}, b""),
    "abbreviated flag": (["--int", "1"], {}, b""),
    "flag without its value": (["--port"], {}, b""),
    "argument without flag": (["start"], {}, b""),
    "argument with a line end": (["a\nb"], {}, b""),
    "variable value": ([], {"MONITOR_PORT": "65536"}, b""),
    "empty variable": ([], {"MONITOR_INTERVAL": ""}, b""),
    "variable with a fake line": ([], {"MONITOR_LOG_FORMAT": "json\nmonitor: all is well"}, b""),
    "variable of no UTF-8": ([], {b"MONITOR_HOST": b"\xff\xfe"}, b""),
    "unknown variable": ([], {"MONITOR_PROT": "1"}, b""),
    "unknown variable of no UTF-8": ([], {b"MONITOR_\xff\n": b"1"}, b""),
    "absent file by variable": ([], {"MONITOR_CONFIG": "absent.toml"}, b""),
    "absent file by flag": (["--config", "absent.toml"], {}, b""),
    "directory for a file": (["--config", "/"], {}, b""),
    "file value": ([], {}, b"port = 'x'"),
    "file type": ([], {}, b"port = true"),
    "file value with a fake line": ([], {}, rb'host = "a\nmonitor: all is well"'),
    "unknown key": ([], {}, b"prot = 1"),
    "table": ([], {}, b"[server]\nport = 1"),
    "no TOML": ([], {}, b"port: 1"),
    "no UTF-8": ([], {}, b"host = '\xff'"),
    "nested file": ([], {}, b"a = " + b"[" * 100_000),
    "deep key": ([], {}, b".".join([b"a"] * 5000) + b" = 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_take_one_line_and_exit_code_2(case: str, tmp_path: Path) -> None:
    argv, environ, text = WRONG[case]
    if text:
        file = tmp_path / "monitor.toml"
        file.write_bytes(text)
        argv = [*argv, "--config", str(file)]
    ended = run(*argv, environ=environ)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"monitor: ") and ended.stderr.endswith(b"\n")
    assert ended.stderr.count(b"\n") == 1 and b"Traceback" not in ended.stderr
    assert ended.stderr.decode("ascii").rstrip("\n").isprintable()


def test_version_is_one_line() -> None:
    ended = run("--version")
    expected = f"monitor {monitor.__version__}\n".encode()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, expected, b"")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_printed_whatever_else_is_wrong(flag: str) -> None:
    ended = run(flag, environ={"MONITOR_PORT": "x"})
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"usage: monitor ")
    assert max(map(len, ended.stdout.splitlines())) <= 100


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["--port", "x"]])
def test_no_answer_waits_for_what_only_the_server_needs(argv: list[str]) -> None:
    code = (
        "import sys; from monitor.cli import main; main(sys.argv[1:]);"
        "print({'aiohttp', 'asyncio', 'jinja2', 'psutil', 'sqlite3'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *argv],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.endswith(b"set()\n")


def interrupted(child: subprocess.Popen[bytes]) -> bytes:
    """All that it said. A signal just before it waits is only seen with the next one."""
    for _ in range(100):
        child.send_signal(signal.SIGINT)
        try:
            return child.communicate(timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("it did not end")


def test_an_interrupt_before_the_server_is_up_leaves_no_trace(tmp_path: Path) -> None:
    pipe = tmp_path / "monitor.toml"
    os.mkfifo(pipe)
    command = [*COMMAND, "--config", str(pipe)]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRON, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        try:
            with pipe.open("wb", buffering=0) as stream:
                # More than a pipe holds: when it is written, the child has begun to read.
                stream.write(b"#" * (1 << 17))
                output = interrupted(child)
        finally:
            child.kill()
    assert (child.returncode, output) == (cli.INTERRUPTED, b"")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("argv", "name", "code"), [(["--port", "x"], "stderr", 2), (["--help"], "stdout", 0)]
)
def test_output_that_cannot_be_written_changes_no_exit_code(
    argv: list[str], name: str, code: int
) -> None:
    with FULL.open("wb") as full:
        ended = run(*argv, stdout=full) if name == "stdout" else run(*argv, stderr=full)
    assert (ended.returncode, ended.stdout or b"", ended.stderr or b"") == (code, b"", b"")


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-"])
def test_a_closed_stderr_changes_no_exit_code(closed: str) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "--port", "x"]
    ended = subprocess.run(
        command, cwd=ROOT, env=ENVIRON, capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", b"")


class Program(types.ModuleType):
    """Stands in for monitor.app."""

    def __init__(self) -> None:
        super().__init__("monitor.app")
        self.given: list[Config] = []
        self.code: int | type[BaseException] = 0

    def run(self, config: Config, load: Callable[[], Config]) -> int:
        self.given.append(config)
        if not isinstance(self.code, int):
            raise self.code
        return self.code


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    stub = Program()
    monkeypatch.setitem(sys.modules, "monitor.app", stub)
    monkeypatch.setattr(monitor, "app", stub, raising=False)
    for name in set(os.environ) - set(ENVIRON):
        monkeypatch.delenv(name)
    level = logging.getLogger().level
    yield stub
    for handler in handlers():
        logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)
    logging.captureWarnings(False)


def handlers() -> list[logging.Handler]:
    """Those of monitor.log; pytest has its own."""
    root = logging.getLogger()
    return [handler for handler in root.handlers if type(handler).__module__ == log.__name__]


def test_the_exit_code_is_the_program_s(program: Program) -> None:
    program.code = 7
    assert cli.main([]) == 7


def test_the_program_gets_the_settings_and_logging_is_set_up(program: Program) -> None:
    assert cli.main(["--port", "1", "--log-level", "warning", "--log-format", "json"]) == 0
    assert program.given[0].port == 1
    assert logging.getLogger().level == logging.WARNING
    assert [type(handler.formatter) for handler in handlers()] == [log.Json]


def test_arguments_are_those_of_the_process_unless_given(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["monitor", "--port", "2"])
    assert cli.main() == 0
    assert program.given[0].port == 2


def test_an_interrupt_of_the_program_is_an_exit_code(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.code = KeyboardInterrupt
    assert cli.main([]) == cli.INTERRUPTED
    assert capsys.readouterr() == ("", "")
