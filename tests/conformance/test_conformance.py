"""What `make conformance` says of a run, and what its route answers. The run itself is not here."""

import dataclasses
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.conformance import suite
from tests.conformance.__main__ import PAGE, conform
from tests.conformance.echo import BARE, OURS, serving
from tests.conformance.report import CASES, Case, faults, page

ALL = [
    Case(f"{group}.{number}", "OK", "OK", "Do a thing")
    for group, count in CASES.items()
    for number in range(1, count + 1)
]
# The server that must fail.
BAD = [Case("7.9.5", "FAILED", "WRONG CODE", "Send close with code 1006")]


def with_one(messages: str, close: str) -> list[Case]:
    """A run of which one case ended like that."""
    return [dataclasses.replace(ALL[0], messages=messages, close=close), *ALL[1:]]


def test_a_run_of_all_cases_without_a_failure_passes() -> None:
    assert not faults(ALL, BAD)
    assert not faults(with_one("NON-STRICT", "INFORMATIONAL"), BAD)


@pytest.mark.parametrize("word", ["FAILED", "UNCLEAN", "UNIMPLEMENTED", "what it says in a year"])
def test_whatever_else_the_suite_says_is_a_failure(word: str) -> None:
    for run in (with_one(word, "OK"), with_one("OK", word)):
        assert len(faults(run, BAD)) == 1
        assert "1.1" in faults(run, BAD)[0]


def test_a_run_of_fewer_cases_does_not_pass() -> None:
    assert faults(ALL[1:], BAD) == ["group 1 had 15 cases, not 16"]
    assert len(faults([], BAD)) == len(CASES)


def test_a_run_that_nothing_can_fail_does_not_pass() -> None:
    assert "proves nothing" in faults(ALL, ALL)[0]


def test_the_page_names_what_is_not_ok_and_what_is_at_fault() -> None:
    shown = page(with_one("FAILED", "OK"), BAD, {"aiohttp": "3"}, "2030-01-01")
    assert "**Not passed.**" in shown
    assert shown.count("- 1.1: FAILED, on Close OK: Do a thing") == 1
    assert "2030-01-01; aiohttp 3." in shown
    assert "no failure" not in shown


def test_the_page_that_is_kept_is_of_a_run_that_passed() -> None:
    assert f"{sum(CASES.values())} cases, no failure." in PAGE.read_text(encoding="utf-8")


async def test_where_there_is_no_python_2_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "autobahn"
    places = {"HOME": home, "LOG": home / "log", "ENV": home / "env", "WSTEST": home / "wstest"}
    for name, place in places.items():
        monkeypatch.setattr(suite, name, place)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await conform() == 1
    said = capsys.readouterr()
    assert not said.out
    assert len(said.err.splitlines()) == 1
    assert "no Python 2.7" in said.err


@pytest.mark.parametrize("name", [OURS, BARE])
async def test_both_routes_answer_each_message_with_itself(name: str) -> None:
    async with serving() as addresses, connect(addresses[name]) as ws:
        for said in ("", "a text", b"\x00\xff", "é" * 32_768):
            await ws.send(said)
            assert await ws.recv() == said
        await (await ws.ping())
