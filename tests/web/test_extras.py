"""What not every machine has is shown where it is, and what is dear only while it is looked at."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from monitor import collectors
from monitor.model.metric import HOST
from monitor.model.schema import Schema
from tests.support.processes import Theatre, process
from tests.web.test_page import CHROMIUM, HOSTILE, visit

SOURCE = Path(__file__).parents[2] / "static" / "js" / "extra_columns.js"
TEMPERATURE = "section[data-family=temperature]"
MORE = "#section=more"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()


def test_every_family_and_field_of_the_panels_exists() -> None:
    schema = Schema(collectors.record_types())
    text = SOURCE.read_text(encoding="utf-8")
    panels = re.split(r"(?=title: )", text)[1:]
    assert len(panels) >= 10
    for panel in panels:
        family = schema.families[re.findall(r'family: "([a-z_]+)"', panel)[0]]
        topics = re.findall(r'topic: "([a-z]+)"', panel) or [HOST]
        assert topics == [family.topic]
        fields = {metric.field for metric in family.metrics}
        used = re.findall(r'(?:plain|ofLimit)\("[^"]+", "([a-z_]+)"(?:, "([a-z_]+)")?', panel)
        assert {name for pair in used for name in pair if name} <= fields, family.name


def stage() -> Theatre:
    theatre = Theatre({"1": process("init", parent=0)})
    theatre.documents["services"] = {
        "unit": {
            "a.service": {"state": "active", "sub": "running", "cpu": 0.5, "memory": 1 << 20},
            "z.service": {"state": "failed", "sub": "failed"},
            HOSTILE[0]: {"state": "active"},
        },
        "container": {"0123": {"name": HOSTILE[0], "runtime": "docker", "cpu": 0.1}},
    }
    theatre.documents["sockets"] = {
        "listener": {
            "tcp 0.0.0.0:22": {"port": 22, "pid": 7, "name": "sshd", "waiting": 0, "backlog": 128},
            "tcp [::]:80": {"port": 80, "denied": "owner"},
            "tcp [::]:81": {"port": 81, "sought": True},
            "tcp [::]:9100": {"port": 9100, "pid": 67890, "name": "prometheus-node"},
        }
    }
    return theatre


def test_a_panel_is_there_when_the_machine_has_what_it_shows(browser: Browser) -> None:
    with stage() as theatre:
        with visit(browser, theatre.url + MORE) as here:
            here.until("document.querySelectorAll('.process-row').length > 0")
            assert not here.page.locator(TEMPERATURE).is_visible()
        theatre.host["temperature"] = {
            "a/temp1": {"label": "Package", "chip_name": "cpu", "now": 71.4, "critical": 70.0},
            HOSTILE[0]: {"sensor": HOSTILE[1], "now": 30.0},
        }
        with visit(browser, theatre.url + MORE) as here:
            here.until(f"document.querySelectorAll('{TEMPERATURE} tbody tr').length > 1")
            first = here.page.locator(f"{TEMPERATURE} tbody tr:visible").first
            assert "Package" in first.inner_text() and "71\u00a0°C" in first.inner_text()
            assert first.locator("[data-level=high]").count() == 1
            assert HOSTILE[1] in here.page.locator(TEMPERATURE).inner_text()
            assert here.ask("window.harmed") is None


def test_a_drawer_of_what_the_machine_does_not_have_is_not_there(browser: Browser) -> None:
    with stage() as theatre:
        theatre.host["collector"] = {
            "units": {"state": "unavailable", "reason": "systemd does not run here"},
            "containers": {"state": "ok"},
            "sockets": {"state": "unwatched"},
        }
        with visit(browser, theatre.url + MORE) as here:
            here.page.locator(".drawer", has_text="Containers").wait_for()
            shown = here.page.locator(".drawer:visible summary").all_inner_texts()
            assert shown == ["Containers", "Listening ports"]


def test_what_was_killed_is_told_since_the_start_and_lately(browser: Browser) -> None:
    place = "div:has(> dd > [data-figure='oom.total']) dd"
    with stage() as theatre:
        for oom, told in (
            ({"total": 0, "lately": 0, "kills": 0.0}, "0 since the start"),
            ({"total": 7, "lately": 2, "kills": 0.0}, "7 since the start, 2 in the last hour"),
        ):
            theatre.host["oom"] = oom
            with visit(browser, theatre.url + "#section=memory") as here:
                here.until("document.querySelectorAll('.process-row').length > 0")
                assert here.page.locator(place).inner_text() == told


def test_what_may_not_be_seen_is_in_what_is_left_over(browser: Browser) -> None:
    with stage() as theatre:
        for hidden in (False, True):
            theatre.host["processes"] = {"hidden": hidden, "cpu_rest": 0.5}
            with visit(browser, theatre.url + MORE) as here:
                here.until("document.querySelectorAll('.process-row').length > 0")
                label = here.page.locator("dt", has_text="Kernel, interrupts").inner_text()
                assert ("may not be seen" in label) is hidden


def test_a_drawer_is_read_while_it_is_open_and_no_longer(browser: Browser) -> None:
    with stage() as theatre, visit(browser, theatre.url + MORE) as here:
        here.until("document.querySelectorAll('.process-row').length > 0")
        assert not theatre.asked(type="subscribe", topic="services")
        here.until("document.querySelectorAll('.drawer').length === 3")
        units, containers, ports = here.page.locator(".drawer").all()
        units.locator("summary").click()
        units.locator("tbody tr", has_text="z.service").wait_for()
        rows = [text.split("\n")[0] for text in units.locator("tbody tr:visible").all_inner_texts()]
        assert rows[0].endswith("z.service"), "what failed comes first"
        assert len(rows) == 3
        containers.locator("summary").click()
        containers.locator("tbody tr", has_text="docker").wait_for()
        assert theatre.asked(type="subscribe", topic="services") == 1
        units.locator("summary").click()
        ports.locator("summary").click()
        ports.locator("tbody tr", has_text="sshd").wait_for()
        told = [" ".join(text.split()) for text in ports.locator("td.program").all_inner_texts()]
        assert told == ["sshd 7", "no permission", "being looked for", "prometheus-node 67890"]
        cut_off = "(cell) => cell.scrollWidth > cell.clientWidth"
        assert not any(each.evaluate(cut_off) for each in ports.locator("td.program").all())
        assert not theatre.asked(type="unsubscribe", topic="services")
        containers.locator("summary").click()
        ports.locator("summary").click()
        end = time.monotonic() + 10
        while theatre.asked(type="unsubscribe") < 2:
            assert time.monotonic() < end, "it goes on being read"
            here.ask("0")  # the browser has its turn
        assert theatre.asked(type="unsubscribe", topic="services") == 1
        assert theatre.asked(type="unsubscribe", topic="sockets") == 1
        assert here.ask("window.harmed") is None
