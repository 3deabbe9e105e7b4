"""What containers are called, as their runtimes say it.

A runtime is asked in a thread of its own, only about a container that has no name yet, and no more
often than every ASK_S. A daemon that hangs holds up nothing else.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from monitor.clock import SystemClock
from monitor.collectors.cgroup_names import Container
from monitor.collectors.collector import read_bytes
from monitor.collectors.container_api import Title, fetch, parse, parse_bundle
from monitor.collectors.errand import Errands

RUN = Path("/run")
ASK_S = 10.0
# An answer without a container is believed when it has come so often: it may be just beginning.
MAX_TRIES = 3
# About so many one question is; the others are for the next.
MAX_ASKED = 256
# Some 10 KB, and 100 KB with many mounts.
BUNDLE_BYTES = 1 << 20

# The daemons, and where they listen; "~" is the directory of this monitor's own user.
SOCKETS: Mapping[str, tuple[str, ...]] = {
    "docker": ("docker.sock", "~/docker.sock"),
    "podman": ("podman/podman.sock", "~/podman/podman.sock"),
}
# Who keeps the bundles of running containers, and where each stands by its id.
_TASKS = "containerd/io.containerd.runtime.v2.task"
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "containerd": (f"{_TASKS}/k8s.io", f"{_TASKS}/default", f"k3s/{_TASKS}/k8s.io"),
    "cri-o": ("containers/storage/overlay-containers",),
}
BUNDLE_FILES = ("config.json", "userdata/config.json")
# Who may know a container of which the control group does not say by whom it is run.
ASKED: Mapping[str | None, tuple[str, ...]] = {
    "docker": ("docker",),
    "podman": ("podman",),
    "containerd": ("containerd",),
    "cri-o": ("cri-o",),
    "kubernetes": ("containerd", "cri-o", "docker"),
    None: ("docker", "podman"),
}

Question = tuple[str, tuple[str, ...]]


class Told(NamedTuple):
    """An answer: titles by whole id, and why there may be others."""

    titles: Mapping[str, Title]
    fault: str | None


class ContainerNames:
    """Titles of containers, by id."""

    def __init__(self, run: Path = RUN) -> None:
        self._run = run
        self._errands: Errands[Question, Told] = Errands("container names", self._ask)
        self._titles: dict[str, Title] = {}
        self._tries: dict[tuple[str, str], int] = {}
        self._asked_at: dict[str, float] = {}
        self._faults: dict[str, str | None] = {}

    def refresh(self, containers: Iterable[Container], now: float) -> None:
        """These are the containers that there are: take what has come, ask about the rest.

        `now` is monotonic seconds.
        """
        for (source, ids), told in self._errands.answers():
            self._take(source, ids, told)
        wanted: dict[str, list[str]] = {}
        there: set[str] = set()
        for container in containers:
            there.add(container.id)
            if container.numbered and container.id not in self._titles:
                for source in ASKED.get(container.runtime, ()):
                    if self._tries.get((source, container.id), 0) < MAX_TRIES:
                        wanted.setdefault(source, []).append(container.id)
        for source, unnamed in wanted.items():
            if now - self._asked_at.get(source, -ASK_S) >= ASK_S:
                self._asked_at[source] = now
                self._errands.send((source, tuple(unnamed[:MAX_ASKED])))
        self._titles = {id_: title for id_, title in self._titles.items() if id_ in there}
        self._tries = {pair: tries for pair, tries in self._tries.items() if pair[1] in there}

    def title(self, container: Container) -> Title:
        """What it is called and made of, as far as is known."""
        return self._titles.get(container.id, Title(None, None))

    def denied(self, container: Container) -> str | None:
        """Why it has no name."""
        if container.id in self._titles or not container.numbered:
            return None
        sources = ASKED.get(container.runtime, ())
        faults = [
            f"{source}: {self._faults[source]}" for source in sources if self._faults.get(source)
        ]
        return ", ".join(faults) or None

    def _take(self, source: str, ids: tuple[str, ...], told: Told) -> None:
        self._titles.update(told.titles)
        self._faults[source] = told.fault
        for id_ in ids:
            if told.fault is None and id_ not in told.titles:
                self._tries[source, id_] = self._tries.get((source, id_), 0) + 1

    def _ask(self, question: Question) -> Told:
        """In the errand's thread: raises nothing."""
        source, ids = question
        return (
            _ask_daemon(self._sockets(source)) if source in SOCKETS else self._bundles(source, ids)
        )

    def _sockets(self, source: str) -> list[str]:
        own = f"user/{os.geteuid()}"
        return [str(self._run / path.replace("~", own)) for path in SOCKETS[source]]

    def _bundles(self, source: str, ids: tuple[str, ...]) -> Told:
        titles: dict[str, Title] = {}
        fault: str | None = None
        for id_ in ids:
            for place in BUNDLES[source]:
                for name in BUNDLE_FILES:
                    try:
                        raw = read_bytes(str(self._run / place / id_ / name), BUNDLE_BYTES)
                        titles[id_] = parse_bundle(raw)
                    except (FileNotFoundError, NotADirectoryError):
                        continue
                    except (OSError, ValueError) as failed:
                        fault = _said(failed)
        return Told(titles, fault)


def _ask_daemon(paths: Iterable[str]) -> Told:
    """Each that listens. That it is not there is a fault only where none is."""
    titles: dict[str, Title] = {}
    faults: list[str] = []
    absent: list[str] = []
    answered = False
    for path in paths:
        try:
            titles.update(parse(fetch(path, SystemClock())))
            answered = True
        except (FileNotFoundError, ConnectionRefusedError) as failed:
            absent.append(_said(failed))
        except (OSError, ValueError) as failed:
            faults.append(_said(failed))
    if not answered:
        faults += absent
    return Told(titles, faults[0] if faults else None)


def _said(fault: OSError | ValueError) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, OSError):
        return fault.strerror or type(fault).__name__
    return "an answer that cannot be read"
