"""The process: its exit codes, and that what is wrong takes one line and no traceback."""

import logging
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

import monitor
from monitor import cli, log

ROOT = Path(__file__).parents[1]
FULL = Path("/dev/full")
ENVIRON = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
COMMAND = (sys.executable, "-X", "dev", "-W", "error", "-m", "monitor")


def run(*argv, environ=None, **options):
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(
        [*COMMAND, *argv],
        cwd=ROOT,
        env=ENVIRON | (environ or {}),
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
        **settings,
    )


WRONG = {
    "flag value": (["--port", "x"], {}, ""),
    "flag out of range": (["--interval", "61"], {}, ""),
    "flag of empty text": (["--host", ""], {}, ""),
    "flag with a fake line": (["--log-level", "info\nmonitor: all is well"], {}, ""),
    "flag with an escape": (["--base-path", "/\x1b[31m"], {}, ""),
    "flag of no UTF-8": ([b"--data-dir=~\xff"], {}, ""),
    "unknown flag": (["--prot", "1"], {}, ""),
    "unknown flag of no UTF-8": ([b"--\xff"], {}, ""),
    "abbreviated flag": (["--int", "1"], {}, ""),
    "flag without its value": (["--port"], {}, ""),
    "argument without flag": (["start"], {}, ""),
    "argument with a line end": (["a\nb"], {}, ""),
    "variable value": ([], {"MONITOR_PORT": "65536"}, ""),
    "empty variable": ([], {"MONITOR_INTERVAL": ""}, ""),
    "variable with a fake line": ([], {"MONITOR_LOG_FORMAT": "json\nmonitor: all is well"}, ""),
    "variable of no UTF-8": ([], {b"MONITOR_HOST": b"\xff\xfe"}, ""),
    "unknown variable": ([], {"MONITOR_PROT": "1"}, ""),
    "unknown variable of no UTF-8": ([], {b"MONITOR_\xff\n": b"1"}, ""),
    "absent file by variable": ([], {"MONITOR_CONFIG": "absent.toml"}, ""),
    "absent file by flag": (["--config", "absent.toml"], {}, ""),
    "directory for a file": (["--config", "/"], {}, ""),
    "file value": ([], {}, b"port = 'x'"),
    "file type": ([], {}, b"port = true"),
    "file value with a fake line": ([], {}, rb'host = "a\nmonitor: all is well"'),
    "unknown key": ([], {}, b"prot = 1"),
    "table": ([], {}, b"[server]\nport = 1"),
    "no TOML": ([], {}, b"port: 1"),
    "no UTF-8": ([], {}, b"host = '\xff'"),
    "nested file": ([], {}, b"a = " + b"[" * 100_000),
    "deep key": ([], {}, b".".join([b"a"] * 100_000) + b" = 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_take_one_line_and_exit_code_2(case, tmp_path):
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


def test_version_is_one_line():
    ended = run("--version")
    expected = f"monitor {monitor.__version__}\n".encode()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, expected, b"")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_printed_whatever_else_is_wrong(flag):
    ended = run(flag, environ={"MONITOR_PORT": "x"})
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"usage: monitor ")
    assert max(map(len, ended.stdout.splitlines())) <= 100


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["--port", "x"]])
def test_no_answer_waits_for_what_only_the_server_needs(argv):
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


def test_an_interrupt_before_the_server_is_up_leaves_no_trace(tmp_path):
    pipe = tmp_path / "monitor.toml"
    os.mkfifo(pipe)
    child = subprocess.Popen(
        [*COMMAND, "--config", str(pipe)],
        cwd=ROOT,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        with pipe.open("wb"):  # returns when the child has opened it, and now waits for more
            child.send_signal(signal.SIGINT)
            output, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, output) == (cli.INTERRUPTED, b"")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("argv", "name", "code"), [(["--port", "x"], "stderr", 2), (["--help"], "stdout", 0)]
)
def test_output_that_cannot_be_written_changes_no_exit_code(argv, name, code):
    with FULL.open("wb") as full:
        ended = run(*argv, **{name: full})
    assert (ended.returncode, ended.stdout or b"", ended.stderr or b"") == (code, b"", b"")


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-"])
def test_a_closed_stderr_changes_no_exit_code(closed):
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "--port", "x"]
    ended = subprocess.run(
        command, cwd=ROOT, env=ENVIRON, capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", b"")


@pytest.fixture
def program(monkeypatch):
    """Stands in for monitor.app: `program.run` may be set; `program.given` is what it was given."""
    stub = types.ModuleType("monitor.app")
    stub.given = []

    def run(config):
        stub.given.append(config)
        return 0

    stub.run = run
    monkeypatch.setitem(sys.modules, "monitor.app", stub)
    monkeypatch.setattr(monitor, "app", stub, raising=False)
    monkeypatch.setattr(os, "environ", ENVIRON)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    yield stub
    root.setLevel(level)
    logging.captureWarnings(False)


def test_the_exit_code_is_the_program_s(program):
    program.run = lambda config: 7
    assert cli.main([]) == 7


def test_the_program_gets_the_settings_and_logging_is_set_up(program):
    assert cli.main(["--port", "1", "--log-level", "warning", "--log-format", "json"]) == 0
    assert program.given[0].port == 1
    root = logging.getLogger()
    assert root.level == logging.WARNING
    assert [type(handler.formatter) for handler in root.handlers] == [log.Json]


def test_arguments_are_those_of_the_process_unless_given(program, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["monitor", "--port", "2"])
    assert cli.main() == 0
    assert program.given[0].port == 2


def test_an_interrupt_of_the_program_is_an_exit_code(program, capsys):
    def interrupted(config):
        raise KeyboardInterrupt

    program.run = interrupted
    assert cli.main([]) == cli.INTERRUPTED
    assert capsys.readouterr() == ("", "")
