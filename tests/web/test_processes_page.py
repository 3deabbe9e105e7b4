"""The table of processes in a real browser, against a server that does as it is told."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.processes import Theatre, process
from tests.web.test_page import CHROMIUM, HOSTILE, Monitor, Visit, visit

WIDE = {"width": 1600, "height": 1000}
# Rows in view, those to spare on both sides, and no more.
MOST_ROWS = 60
ROW = ".process-body .process-row"
SELECTED = f"{ROW}[aria-selected=true]"
# Without what stands beside it.
OWN = "[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('')"
NAMES = f"[...document.querySelectorAll('{ROW} .lead')].map((each) => {OWN})"
FIRST = f"({NAMES})[0]"
FOCUSED = "document.activeElement.id"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


def some() -> dict[str, Any]:
    """A family, a crowd of one program, and two threads of the kernel."""
    return {
        "1": process("init", parent=0),
        "2": process("kthreadd", parent=0, kernel=True, rss=0),
        "3": process("kworker/0:1", parent=2, kernel=True, rss=0),
        "10": process("shell", user="alice", rss=9 << 20),
        "11": process("make", parent=10, user="alice", cpu=0.25, children=2.0),
        "12": process("cc", parent=11, user="alice", cpu=0.9, rss=30 << 20),
        "20": process("web", user="www", unit="web.service", cpu=0.1, denied="io, files"),
        "21": process("web", user="www", unit="web.service", cpu=0.2, read_bytes=None),
        "30": process("db", container="store", cpu=0.5, threads=40),
    }


def cell(here: Visit, name: str, column: str) -> tuple[str, str]:
    """What a cell shows, and its title."""
    heads = here.page.locator(".process-names [role=columnheader]").all_inner_texts()
    at = [re.sub(r"\s*[▾▴]$", "", head) for head in heads].index(column)
    found = here.page.locator(ROW, has=here.page.locator(".lead", has_text=name)).first
    one = found.locator(".process-cell").nth(at)
    return one.inner_text().replace("\u00a0", " ").strip(), one.get_attribute("title") or ""


def until_names(here: Visit, names: list[str]) -> None:
    here.until(f"JSON.stringify({NAMES}) === '{_json(names)}'", 5)


def _json(names: list[str]) -> str:
    return "[" + ",".join(f'"{name}"' for name in names) + "]"


def arrange(here: Visit, by: str) -> None:
    here.page.select_option("#process-by", by)


def test_a_real_monitor_tells_of_its_own_process(browser: Browser, tmp_path: Path) -> None:
    server = Monitor(tmp_path)
    server.start()
    assert server.process is not None
    try:
        with visit(browser, server.url, viewport=WIDE) as here:
            here.enter(server.process.pid)
            here.until("document.querySelector('.process-facts dd') !== null")
            said = here.text("#process-details")
            assert "-m monitor" in said and "Open files" in said and "Limits" in said
            assert int(here.text("[data-figure='processes.total']")) > 2
            here.until(
                "document.querySelector('[data-figure=\"processes.cpu_rest\"]').title === ''"
            )
    finally:
        server.kill()


def test_only_rows_in_view_are_in_the_document(browser: Browser) -> None:
    crowd = {str(pid): process(f"p{pid}", cpu=pid / 1000) for pid in range(1, 2001)}
    with Theatre(crowd) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'p2000'")
        grid = here.page.locator("#process-grid")
        assert grid.get_attribute("aria-rowcount") == "2001"
        assert 20 < here.page.locator(ROW).count() <= MOST_ROWS
        for at in (0.5, 0.1, 1.0):
            here.ask(
                f"() => {{ const g = document.getElementById('process-grid');"
                f" g.scrollTop = g.scrollHeight * {at}; }}"
            )
            here.until(f"{FIRST} !== 'p2000'", 5)
            assert here.page.locator(ROW).count() <= MOST_ROWS
        here.until(f"({NAMES}).at(-1) === 'p1'", 5)
        assert here.page.locator(ROW).last.get_attribute("aria-rowindex") == "2001"
        top = here.ask("document.getElementById('process-grid').scrollTop")
        server.patch({"5": {"cpu": 9.0}, "1": {"cpu": 0.0}})
        until_last_is = f"({NAMES}).includes('p6') && !({NAMES}).includes('p5')"
        here.until(until_last_is, 5)
        assert here.ask("document.getElementById('process-grid').scrollTop") == top


def test_columns_sort_by_click_and_by_key(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        until_names(here, ["cc", "db", "make", "web", "web", "init", "shell"])
        sorted_by = "document.querySelector('[aria-sort]')"
        assert here.ask(f"[{sorted_by}.innerText.slice(0, 3), {sorted_by}.ariaSort]") == [
            "CPU",
            "descending",
        ]
        title = here.page.locator(".process-names button", has_text="CPU").get_attribute("title")
        assert "percent of one core" in (title or "")
        here.page.locator(".process-names button", has_text="Memory").click()
        here.until(f"{FIRST} === 'cc'", 5)
        name = here.page.locator(".process-names button", has_text="Name")
        name.focus()
        here.page.keyboard.press("Enter")
        until_names(here, ["cc", "db", "init", "make", "shell", "web", "web"])
        here.page.keyboard.press("Space")
        until_names(here, ["web", "web", "shell", "make", "init", "db", "cc"])
        assert here.ask(f"{sorted_by}.ariaSort") == "descending"


def test_a_figure_that_is_not_known_says_why(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        server.patch({"20": {"read_bytes": None, "cpu": None}})
        here.page.fill("#process-search", "20")
        until_names(here, ["web"])
        shown, title = cell(here, "web", "Read")
        assert shown == "\N{EN DASH}" and title.startswith("No permission")
        shown, title = cell(here, "web", "CPU")
        assert shown == "\N{EN DASH}" and "two readings" in title
        assert cell(here, "web", "State") == ("S", "sleeping")


def test_a_search_finds_by_command_line_and_listens_only_while_it_lasts(browser: Browser) -> None:
    commands = {"10": "/bin/sh -i", "30": "/usr/bin/db --secret"}
    with (
        Theatre(some(), commands=commands) as server,
        visit(browser, server.url, viewport=WIDE) as here,
    ):
        here.until(f"{FIRST} === 'cc'")
        here.page.click("#process-columns summary")
        here.page.get_by_label("Arguments", exact=True).uncheck()
        here.page.keyboard.press("Escape")
        until_asked(server, 1, type="unsubscribe", topic="commands")
        here.page.keyboard.press("/")
        assert here.ask(FOCUSED) == "process-search"
        here.page.keyboard.type("Secret")
        until_names(here, ["db"])
        assert here.text("#process-found") == "1 match"
        assert server.asked(type="subscribe", topic="commands") == 2
        here.page.keyboard.press("Escape")
        here.until(f"({NAMES}).length === 7", 5)
        assert here.page.input_value("#process-search") == ""
        assert here.text("#process-found") == ""
        here.page.keyboard.type("alice")
        until_names(here, ["cc", "make", "shell"])
        here.page.keyboard.press("Escape")
        here.page.keyboard.type("nothing/like that")
        here.until("document.querySelector('.process-none').offsetHeight > 0", 5)
        here.page.keyboard.press("Escape")
        here.until(f"({NAMES}).length === 7", 5)
        until_asked(server, 4, type="unsubscribe", topic="commands")


def until_asked(server: Theatre, times: int, **message: str) -> None:
    end = time.monotonic() + 10
    while server.asked(**message) < times:
        assert time.monotonic() < end, f"asked {server.asked(**message)} times: {message}"
        time.sleep(0.01)
    assert server.asked(**message) == times


def test_arguments_tell_programs_of_one_name_apart(browser: Browser) -> None:
    crowd = {str(pid): process("python3", cpu=pid / 100) for pid in (1, 2)}
    commands = {"1": f"/usr/bin/python3 -m {HOSTILE[0]}", "2": "python3 second.py --quick"}
    with Theatre(crowd, commands=commands) as server:
        with visit(browser, server.url, viewport=WIDE) as here:
            beside = f"document.querySelector('{ROW} .process-arguments')?.textContent"
            here.until(f"{beside} === 'second.py --quick'")
            assert cell(here, "python3", "Name")[1] == commands["2"]
            assert HOSTILE[0] in here.page.locator(ROW).nth(1).inner_text()
            assert here.ask("window.harmed") is None
        server.heard.clear()
        with visit(browser, server.url, viewport={"width": 390, "height": 844}) as here:
            here.until(f"({NAMES}).length === 2")
            assert not server.asked(type="subscribe", topic="commands"), "there is no room for them"


def test_a_tree_opens_closes_and_sums(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        arrange(here, "tree")
        here.until(f"({NAMES})[0]?.includes('init')", 5)
        grid = here.page.locator("#process-grid")
        assert grid.get_attribute("role") == "treegrid"
        grid.focus()
        for key in ("ArrowDown", "ArrowRight"):
            here.page.keyboard.press(key)
        selected = here.page.locator(SELECTED)
        assert "shell" in selected.inner_text()
        assert selected.get_attribute("aria-expanded") == "true"
        assert selected.get_attribute("aria-level") == "2"
        here.page.keyboard.press("ArrowLeft")
        here.until(f"document.querySelector('{SELECTED}')?.ariaExpanded === 'false'", 5)
        shown, title = cell(here, "shell", "CPU")
        assert shown == "315 %" and "3 processes together" in title
        assert "and 2 below" in here.page.locator(SELECTED).inner_text().replace("\u00a0", " ")
        here.page.locator(SELECTED).locator(".process-twist").click()
        here.until(f"document.querySelector('{SELECTED}')?.ariaExpanded === 'true'", 5)
        assert not here.page.is_visible("#process-details")
        active = grid.get_attribute("aria-activedescendant")
        assert here.page.locator(SELECTED).get_attribute("id") == active


def test_groups_have_sums_and_open(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        arrange(here, "unit")
        here.until(f"({NAMES}).length === 2", 5)
        shown, title = cell(here, "web.service", "Memory")
        assert shown == "≤ 2.00 MiB" and "up to so much" in title and "shared" in title
        assert cell(here, "web.service", "CPU")[0] == "30 %"
        here.page.locator(ROW, has_text="web.service").click()
        here.until(f"({NAMES}).length === 4", 5)
        arrange(here, "container")
        here.until(f"({NAMES}).some((name) => name.includes('store'))", 5)
        arrange(here, "user")
        here.until(f"({NAMES}).length === 3", 5)
        arrange(here, "program")
        here.until(f"({NAMES}).some((name) => name.includes('Threads of the kernel'))", 5)


def test_threads_of_the_kernel_are_hidden_until_asked_for(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"({NAMES}).length === 7")
        assert here.text("#process-kernel-choice").strip() == "2 kernel threads"
        here.page.check("#process-kernel")
        here.until(f"({NAMES}).length === 9", 5)


def test_columns_are_chosen_remembered_and_reset(browser: Browser) -> None:
    with (
        Theatre(some(), commands={"12": "/usr/bin/cc -c a.c"}) as server,
        visit(browser, server.url, viewport=WIDE) as here,
    ):
        heads = "[...document.querySelectorAll('.process-names button')].map((b) => b.textContent)"
        here.until(f"({heads}).length === 11")
        here.page.click("#process-columns summary")
        here.page.get_by_label("Command", exact=True).check()
        here.page.get_by_label("User", exact=True).uncheck()
        here.until(f"({heads}).includes('Command') && !({heads}).includes('User')", 5)
        here.until(f"document.querySelector('{ROW}')?.innerText.includes('cc -c a.c')", 5)
        here.page.keyboard.press("Escape")
        assert not here.page.is_visible(".process-chooser")
        here.page.locator(".process-names button", has_text="Memory").click()
        here.page.reload()
        here.until(f"({heads}).includes('Command') && !({heads}).includes('User')")
        assert here.ask("document.querySelector('[aria-sort]').innerText").startswith("Memory")
        here.page.click("#process-columns summary")
        here.page.click(".process-chooser button")
        here.until(f"({heads}).length === 11 && ({heads}).includes('User')", 5)
        here.until(f"{FIRST} === 'cc'", 5)


DETAILS = {
    12: {
        "pid": 12,
        "name": "cc",
        "started": 1_763_800_000.4,
        "command": ["cc", "-c", HOSTILE[0]],
        "cgroup": "/user.slice",
        "limits": [{"name": "open files", "soft": 1024, "hard": "unlimited", "unit": "files"}],
        "threads": [{"tid": 12, "name": HOSTILE[1], "state": "S", "cpu": 1.5}],
        "files": [],
        "sockets": [],
        "denied": {"files": "no permission", "pss": "no permission"},
        "absent": {},
        "cut": {"threads": 900},
    }
}


def test_details_are_fetched_on_demand_and_leave_focus_where_it_was(browser: Browser) -> None:
    with (
        Theatre(some(), details=DETAILS) as server,
        visit(browser, server.url, viewport=WIDE) as here,
    ):
        here.until(f"{FIRST} === 'cc'")
        here.page.focus("#process-grid")
        here.page.keyboard.press("Home")
        assert not server.asked(type="process")
        here.page.keyboard.press("Enter")
        here.until("document.querySelector('.process-facts dd') !== null", 5)
        said = here.text("#process-details")
        for text in ("cc (12)", HOSTILE[0], HOSTILE[1], "/user.slice", "no permission", "1 of 900"):
            assert text in said
        assert here.page.is_visible(ROW), "the table is still there"
        here.page.click("#process-details >> text=Refresh")
        here.until("document.querySelector('.process-said').textContent.startsWith('Read')", 5)
        assert server.asked(type="process", pid=12) == 2
        here.page.keyboard.press("Escape")
        assert not here.page.is_visible("#process-details")
        assert here.ask(FOCUSED) == "process-grid"
        assert "cc" in here.page.locator(SELECTED).inner_text()
        # Esc closes it from the table, too.
        here.page.keyboard.press("Enter")
        here.page.focus("#process-grid")
        here.page.keyboard.press("Escape")
        assert not here.page.is_visible("#process-details")


def test_details_of_a_process_that_ends_say_so_even_if_its_number_is_used_again(
    browser: Browser,
) -> None:
    gone = "document.querySelector('.process-said').textContent"
    with (
        Theatre(some(), details=DETAILS) as server,
        visit(browser, server.url, viewport=WIDE) as here,
    ):
        here.until(f"{FIRST} === 'cc'")
        here.page.locator(ROW).first.click()
        here.until("document.querySelector('.process-facts dd') !== null", 5)
        server.patch({"12": {"started": time.time(), "name": "another", "cpu": 9.0}})
        here.until(f"{gone}.startsWith('This process has ended.')", 5)
        assert here.text("#process-details h3") == "cc (12)"
        assert here.page.is_disabled("#process-details >> text=Refresh")
        here.page.keyboard.press("Escape")
        here.page.mouse.move(5, 5)
        server.patch({"1": {"cpu": 0.0}})
        here.until(f"{FIRST} === 'another'", 5)
        # What is answered is of yet another one, which the table has not heard of.
        here.page.locator(ROW, has_text="another").click()
        here.until(f"{gone}.includes('Its number is another')", 5)
        assert here.page.locator(".process-facts dd").count() == 0
        here.page.keyboard.press("Escape")
        # Nothing is known of this one.
        here.page.locator(ROW, has_text="db").click()
        here.until(f"{gone} === 'This process has ended.'", 5)


def test_under_the_pointer_nothing_changes_places(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        before = ["cc", "db", "make", "web", "web", "init", "shell"]
        until_names(here, before)
        here.page.locator(ROW).nth(2).hover()
        server.patch({"10": {"cpu": 3.0}, "30": None, "40": process("new", cpu=4.0)})
        until_names(here, [*before, "new"])
        assert "ended" in (here.page.locator(ROW).nth(1).get_attribute("class") or "")
        assert cell(here, "shell", "CPU")[0] == "300 %"
        assert here.page.locator("#process-held").is_visible()
        here.page.mouse.move(5, 5)
        server.patch({"10": {"cpu": 3.1}})
        until_names(here, ["new", "shell", "cc", "make", "web", "web", "init"])
        assert not here.page.locator("#process-held").is_visible()


def test_after_a_lost_connection_it_goes_on_and_keeps_its_selection(
    browser: Browser,
) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        here.page.focus("#process-grid")
        here.page.keyboard.press("Home")
        server.drop()
        end = time.monotonic() + 20
        while not server.asked(type="resume", topic="processes") and time.monotonic() < end:
            here.page.wait_for_timeout(50)
        server.patch({"12": {"cpu": 0.01}})
        here.until(f"document.querySelector('{ROW}')?.innerText.includes('1.0')")
        assert "cc" in here.page.locator(SELECTED).inner_text()


def test_hostile_names_are_text_and_nothing_runs(browser: Browser) -> None:
    names = [*HOSTILE, "\\x1b[31mred\\x07", "=1+1", "a) b (c", "x" * 4096]
    crowd = {str(pid): process(name, user=name, unit=name) for pid, name in enumerate(names, 1)}
    crowd["__proto__"] = process("by key", state=HOSTILE[0], denied=HOSTILE[0])
    screen = {"width": 390, "height": 844}
    with (
        Theatre(crowd, commands=dict(zip(crowd, names, strict=False))) as server,
        visit(browser, server.url, viewport=screen) as here,
    ):
        here.until(f"({NAMES}).length === {len(crowd)}")
        shown = here.ask(f"[...document.querySelectorAll('{ROW} .lead')].map((each) => each.title)")
        assert sorted(shown) == sorted([*names, "by key"])
        for by in ("tree", "program", "user", "unit", "flat"):
            arrange(here, by)
            here.until(f"({NAMES}).length > 0", 5)
        here.page.click("#process-columns summary")
        here.page.get_by_label("Command", exact=True).check()
        here.page.fill("#process-search", "onerror")
        here.until(f"({NAMES}).length === 1", 5)
        assert here.ask("document.querySelectorAll('img, b, main script').length") == 0
        assert here.ask("window.harmed") is None
        assert here.ask("({}).name") is None
        assert here.ask("document.documentElement.scrollWidth") <= 390


def test_the_line_above_says_what_runs_and_that_the_sweep_is_slowed(browser: Browser) -> None:
    host = {
        "total": 9,
        "threads": 48,
        "running": 2,
        "blocked": 0,
        "forks": 12.0,
        "cpu_seen": 1.95,
        "cpu_reaped": 0.02,
        "cpu_rest": 0.05,
        "sweep_period": 4.0,
    }
    monitor = {"cpu_budget": 0.02, "cpu_taken": 0.02, "stretch": 4.0}
    stage = Theatre(some(), host=host, monitor=monitor)
    with stage as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        said = " ".join(here.text(".process-sums").split())
        assert "In all 9 Threads 48 Running 2 Blocked 0" in said and "Forks 12 /s" in said
        assert "CPU of all processes 195 % Short-lived children 2.0 %" in said
        assert "every 4 s and not every 1 s" in here.text("#process-slowed")
        assert "keeps to its budget of 2 %" in here.text("#process-slowed")


def test_the_monitor_ends_no_process_and_runs_nothing(browser: Browser) -> None:
    with Theatre(some()) as server, visit(browser, server.url, viewport=WIDE) as here:
        here.until(f"{FIRST} === 'cc'")
        buttons = here.page.locator("main button").all_inner_texts()
        assert not [name for name in buttons if re.search("(?i)kill|signal|end|stop|run", name)]
        assert {message["type"] for message in server.heard} <= {"history", "subscribe"}
