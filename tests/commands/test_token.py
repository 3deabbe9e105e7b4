"""`python -m monitor token`: made, listed, revoked, and picked up by what runs."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from monitor import cli
from monitor.auth import tokens
from monitor.auth.role import Role
from tests.support.locked import TOKENS, Locked, furnish, locked

Output = pytest.CaptureFixture[str]
LIMIT_S = 20.0


def run(directory: Path, *argv: str) -> int:
    return cli.main(["token", *argv, "--data-dir", str(directory)])


def test_it_is_printed_once_and_kept_as_a_hash(tmp_path: Path, capsys: Output) -> None:
    assert run(tmp_path, "make", "prometheus") == 0
    text = capsys.readouterr().out
    assert text.startswith(tokens.MARK) and text.count("\n") == 1 and len(text) > 43
    path = tmp_path / tokens.NAME
    assert text.strip() not in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    assert run(tmp_path, "make", "nightly", "--role", "admin") == 0
    assert capsys.readouterr().out != text
    assert run(tmp_path, "list") == 0
    assert capsys.readouterr().out == "prometheus viewer\nnightly admin\n"
    assert run(tmp_path, "revoke", "prometheus") == 0
    assert run(tmp_path, "list") == 0
    assert capsys.readouterr().out == "nightly admin\n"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["make"], 2),
        (["make", "a b"], 2),
        (["make", "a:b"], 2),
        (["make", "x" * 65], 2),
        (["make", "a", "--role", "root"], 2),
        (["mend", "a"], 2),
        ([], 2),
        (["revoke", "nobody"], 1),
        (["make", "viewer"], 1),
    ],
)
def test_what_is_wrong_costs_one_line(
    argv: list[str], code: int, tmp_path: Path, capsys: Output
) -> None:
    furnish(tmp_path)
    assert run(tmp_path, *argv) == code
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("monitor: ") and said.err.count("\n") == 1


async def scraped(server: Locked, text: str, path: str = "/api/v1/openapi.json") -> int:
    headers = {"Authorization": f"Bearer {text}"}
    async with ClientSession() as scraper:
        return (await server.ask(scraper, path, headers=headers)).status


async def test_what_runs_takes_and_forgets_it_without_a_restart(
    tmp_path: Path, capsys: Output
) -> None:
    furnish(tmp_path)
    async with locked(tmp_path) as server, asyncio.timeout(LIMIT_S):
        assert run(tmp_path, "make", "late") == 0
        text = capsys.readouterr().out.strip()
        while await scraped(server, text) != 200:
            pass
        assert run(tmp_path, "revoke", "late") == 0
        while await scraped(server, text) != 401:
            pass


async def test_a_token_reads_figures_and_nothing_else(tmp_path: Path) -> None:
    furnish(tmp_path)
    async with locked(tmp_path) as server:
        for text in TOKENS.values():
            for path in ("/api/v1/openapi.json", "/healthz", "/readyz"):
                assert await scraped(server, text, path) in (200, 503)
            for path in ("/", "/ws/metrics", "/login"):
                assert await scraped(server, text, path) == 403
        right = TOKENS[Role.ADMIN]
        for wrong in ("", "x", f"{right}x", right[:-1], "x" * 600, "\u00e9"):
            assert await scraped(server, wrong) == 401
        # Prometheus sends the one; a cookie beside a wrong one does not help.
        async with server.browser("admin") as browser:
            headers = {"Authorization": "Bearer x"}
            assert (await server.ask(browser, "/metrics", headers=headers)).status == 401
            assert (await server.ask(browser, "/", headers=headers)).status == 401
