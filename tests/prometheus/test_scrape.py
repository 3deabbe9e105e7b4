"""Debian's Prometheus scrapes the monitor, and the dashboard's questions have answers."""

import json
import re
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.collectors.sources import on_linux
from tests.prometheus.servers import (
    PATIENCE_S,
    PROMETHEUS,
    PROMTOOL,
    eventually,
    fetch,
    monitor,
    running,
    with_prometheus,
)
from tests.support.subject import free_port

pytestmark = [on_linux, with_prometheus]

TEXT = "text/plain;version=0.0.4"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["{target}"]}}]
"""

MIB, PIB = 2**20, 2**50
# As the dashboard "Node Exporter Full" asks them, and from what to what the answer may be. $node is
# its variable; rates are taken over less time, as nobody here waits for minutes.
QUESTIONS = {
    # Idle time is counted in hundredths of a second: it may seem to have been a little more.
    """100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle", $node}[5s])))""": (-2, 100),
    """sum by(instance) (irate(node_cpu_seconds_total{$node,job="node", mode="system"}[5s]))
       / on(instance) group_left
       sum by (instance)((irate(node_cpu_seconds_total{$node,job="node"}[5s])))""": (0, 1),
    """count(count(node_cpu_seconds_total{$node,job="node"}) by (cpu))""": (1, 10_000),
    """scalar(node_load1{$node,job="node"}) * 100
       / count(count(node_cpu_seconds_total{$node,job="node"}) by (cpu))""": (0, 1e5),
    """(1 - (node_memory_MemAvailable_bytes{$node, job="node"}
       / node_memory_MemTotal_bytes{$node, job="node"})) * 100""": (0.1, 100),
    """node_memory_MemTotal_bytes{$node} - node_memory_MemFree_bytes{$node}
       - (node_memory_Cached_bytes{$node} + node_memory_Buffers_bytes{$node}
       + node_memory_SReclaimable_bytes{$node})""": (MIB, PIB),
    """((node_memory_SwapTotal_bytes{$node} - node_memory_SwapFree_bytes{$node})
       / (node_memory_SwapTotal_bytes{$node})) * 100 >= 0 or vector(0)""": (0, 100),
    """100 - ((node_filesystem_avail_bytes{$node,device!~'rootfs'} * 100)
       / node_filesystem_size_bytes{$node,device!~'rootfs'})""": (0, 100),
    """irate(node_network_receive_bytes_total{$node,device="lo"}[5s])*8""": (1, 1e12),
    """irate(node_network_transmit_bytes_total{$node,device="lo"}[5s])*8""": (1, 1e12),
    """irate(node_pressure_cpu_waiting_seconds_total{$node}[5s])""": (0, 2),
    """node_time_seconds{$node} - node_boot_time_seconds{$node}""": (1, 1e9),
    """node_netstat_Tcp_CurrEstab{$node,job="node"}""": (1, 1e6),
    """irate(node_context_switches_total{$node}[5s])""": (1, 1e9),
    """process_open_fds{$node} / process_max_fds{$node}""": (1e-9, 1),
    """sum(node_scrape_collector_success{$node,collector=~"cpu|meminfo"})""": (2, 2),
    """node_textfile_scrape_error{$node}""": (0, 0),
    """own_metric{$node,of="mine"}""": (42, 42),
}
LOST = (
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "prometheus_target_scrapes_sample_out_of_order_total",
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "prometheus_target_scrapes_exceeded_sample_limit_total",
)


class Database:
    """A Prometheus that scrapes one monitor."""

    def __init__(self, address: str, target: str) -> None:
        self.address = address
        self.target = target

    def ask(self, question: str) -> list[dict[str, Any]] | None:
        """The answer; None where there is none yet."""
        query = urllib.parse.urlencode({"query": question})
        page = fetch(f"{self.address}/api/v1/query?{query}")
        answer: list[dict[str, Any]] = json.loads(page)["data"]["result"] if page else []
        return answer or None

    def numbers(self, question: str) -> list[float] | None:
        answer = self.ask(question)
        return [float(one["value"][1]) for one in answer] if answer else None


@contextmanager
def prometheus(at: Path, target: str, *flags: str) -> Iterator[Database]:
    """Debian's Prometheus, with its data in a directory."""
    port = free_port()
    (at / "prometheus.yml").write_text(CONFIG.format(target=target), encoding="utf-8")
    command = [
        str(PROMETHEUS),
        f"--config.file={at}/prometheus.yml",
        f"--storage.tsdb.path={at}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.console.templates=/nowhere",
        "--web.console.libraries=/nowhere",
        *flags,
    ]
    with running(command, at / "prometheus.log"):
        yield Database(f"http://127.0.0.1:{port}", target)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    at = tmp_path_factory.mktemp("monitor")
    (at / "own.prom").write_text('own_metric{of="mine"} 42\n', encoding="utf-8")
    with monitor(at, "--textfile-dir", str(at)) as address:
        yield address


@pytest.fixture(scope="module")
def database(metrics: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    at = tmp_path_factory.mktemp("prometheus")
    target = urllib.parse.urlsplit(metrics).netloc
    with prometheus(at, target) as database:
        up = f'up{{instance="{target}"}} == 1'
        eventually(lambda: database.ask(up), "a scrape that went well")
        yield database


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_dashboard_has_an_answer(database: Database, question: str) -> None:
    low, high = QUESTIONS[question]
    asked = question.replace("$node", f'instance="{database.target}"')
    answer = eventually(lambda: database.numbers(asked), asked)
    assert all(low <= number <= high for number in answer), answer


def test_prometheus_has_asked_for_openmetrics_and_kept_all_of_it(
    database: Database, metrics: str
) -> None:
    page = eventually(lambda: fetch(metrics, OPENMETRICS), metrics)
    assert page.endswith("# EOF\n")
    wanted = sum(1 for line in page.splitlines() if not line.startswith("#"))
    counted = f'scrape_samples_post_metric_relabeling{{instance="{database.target}"}}'
    kept = eventually(lambda: database.numbers(counted), counted)
    # Collectors come and go, and so do interrupts and states.
    assert all(abs(number - wanted) < wanted / 10 for number in kept)
    about = eventually(lambda: fetch(f"{database.address}/metrics"), "its own metrics")
    for name in LOST:
        assert f"\n{name} 0\n" in about, name


@pytest.mark.parametrize(
    # In OpenMetrics a counter is called so without its last part: it was asked for, and came.
    ("name", "kind"),
    [("node_load1", "gauge"), ("node_cpu_seconds", "counter"), ("node_vmstat_pgfault", "unknown")],
)
def test_types_and_words_have_come_with_them(database: Database, name: str, kind: str) -> None:
    asked = f"{database.address}/api/v1/targets/metadata?metric={name}"

    def told() -> list[dict[str, str]] | None:
        page = fetch(asked)
        return (json.loads(page)["data"] or None) if page else None

    (about,) = eventually(told, asked)
    assert (about["type"], bool(about["help"])) == (kind, True)


# What promtool complains of in names that are node_exporter's, of which the kernel made a part.
OF_THE_KERNEL = re.compile(
    r"node_(netstat|memory)_\S+ metric names should be written in 'snake_case' not 'camelCase'"
    r'|node_entropy_\S+_bits use base unit "bytes" instead of "bits"'
)


def test_promtool_has_nothing_to_complain_of_but_the_kernel_s_own_names(metrics: str) -> None:
    page = eventually(lambda: fetch(metrics, TEXT), metrics)
    checked = subprocess.run(
        [str(PROMTOOL), "check", "metrics"],
        input=page,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    complaints = (checked.stdout + checked.stderr).splitlines()
    assert [one for one in complaints if not OF_THE_KERNEL.fullmatch(one)] == []
    assert checked.returncode in (0, 3)  # 3: it has complaints
