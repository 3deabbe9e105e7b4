"""What `monitor check` finds out: all collectors are read, and the port is tried."""

import contextlib
import os
import platform
import threading
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import monitor
from monitor import collectors, resources
from monitor.auth.gate import Gate
from monitor.auth.secret_file import Refused
from monitor.clock import SystemClock
from monitor.collectors.collector import Collector
from monitor.config import Config
from monitor.history import file
from monitor.history.hold import LOCK, Locked, look
from monitor.live.reader import Reader
from monitor.model.sample import Sample, State
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from monitor.web import entry, listen, tls

# Without these it is no monitor.
ESSENTIAL = ("cpu", "load", "memory", "network", "filesystem", "host", "process")
PACKAGES = ("aiohttp", "aiohttp-jinja2", "psutil", "nvidia-ml-py")
# What a record says is denied (its field `denied`), and who may read it.
PTRACE = "CAP_SYS_PTRACE, as root has it"
FILES = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, as root has them"
PERMISSIONS = {"io": PTRACE, "pss": PTRACE, "files": FILES, "owner": FILES}
HANGS_S = 5.0
# What is read in the background has come by then.
SETTLES_S = 0.3
MIB = 1 << 20


def checked(config: Config) -> dict[str, Any]:
    """All of it; `faults` are the lines that say why it will not do."""
    found: dict[str, Any] = {
        "version": monitor.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "packages": {name: each for name in PACKAGES if (each := _version(name)) is not None},
        "collectors": _collectors(),
        "port": _port(config),
        "door": _door(config),
        "history": _history(config),
        "page": _page(),
    }
    found["faults"] = [
        *(
            f"{name} cannot be read: {found['collectors'][name]['reason']}"
            for name in ESSENTIAL
            if found["collectors"][name]["state"] != State.OK.value
        ),
        *([found["page"]["reason"]] if found["page"]["state"] != "ok" else []),
        *([found["door"]["reason"]] if found["door"]["state"] == "refused" else []),
    ]
    # A port that a monitor of this directory holds is where it should be.
    if found["port"]["state"] != "free" and found["history"]["state"] != "in use":
        found["faults"].append(found["port"]["reason"])
    return found


def _collectors() -> dict[str, Any]:
    reader = Reader(Schema(collectors.record_types()), SystemClock())
    built = collectors.build(Vitals())
    for collector in built:
        if any(kind.FAMILY in ("process", "sockets") for kind in collector.records):
            _sample(reader, collector)
    threading.Event().wait(SETTLES_S)
    return {collector.name: _told(_sample(reader, collector)) for collector in built}


def _sample(reader: Reader, collector: Collector) -> Sample:
    """One reading, in a thread that may hang: it is left behind then."""
    answers: SimpleQueue[Sample] = SimpleQueue()
    threading.Thread(target=lambda: answers.put(reader.sample(collector)), daemon=True).start()
    try:
        return answers.get(timeout=HANGS_S)
    except Empty:
        reason = f"it has not answered in {HANGS_S:.0f} s"
        return Sample(collector.name, 0.0, HANGS_S, state=State.STALE, reason=reason)


def _told(sample: Sample) -> dict[str, Any]:
    lacks: Counter[str] = Counter()
    for record in sample.records:
        denied = getattr(record, "denied", None) or ""
        words = denied.split(", ")
        # Of some records it is names of what is denied, of others a sentence.
        lacks.update(words if set(words) <= PERMISSIONS.keys() else [denied] if denied else [])
    return {
        "state": sample.state.value,
        "reason": sample.reason,
        "records": len(sample.records),
        "seconds": round(sample.seconds, 6),
        "lacks": [
            {"what": what, "records": count, "permission": PERMISSIONS.get(what, "")}
            for what, count in sorted(lacks.items())
        ],
    }


def _port(config: Config) -> dict[str, Any]:
    where = f"{config.host}:{config.port}"
    try:
        for sock in listen.bind(config.host, config.port):
            sock.close()
    except listen.CannotListen as fault:
        return {"state": "taken", "address": where, "reason": str(fault)}
    except OSError as fault:
        return {"state": "unknown", "address": where, "reason": f"{where}: {fault}"}
    return {"state": "free", "address": where, "reason": where}


def _door(config: Config) -> dict[str, Any]:
    gate = Gate(config.data_dir, config.password_file, SystemClock())
    try:
        gate.read()
        secure = tls.certificate(config) is not None
        with contextlib.ExitStack() as undo:
            try:
                sockets = listen.bind(config.host, 0)
            except (listen.CannotListen, OSError):
                sockets = []  # which is the port's to say
            for sock in sockets:
                undo.callback(sock.close)
            entry.require_password(config, gate, sockets)
    except Refused as fault:
        return {"state": "refused", "reason": str(fault)}
    way = "HTTPS" if secure else "HTTP"
    if gate.locked:
        return {"state": "locked", "reason": f"{way}, and a password is asked for"}
    return {"state": "open", "reason": f"{way}, to this machine alone; nobody is asked anything"}


def _history(config: Config) -> dict[str, Any]:
    place = config.data_dir
    told: dict[str, Any] = {"directory": str(place), "limit": config.history_size, "size": 0}
    there = next(each for each in (place, *place.parents, Path("/")) if os.path.exists(each))
    try:
        state = os.statvfs(there)
        told["free"] = state.f_bavail * state.f_frsize
        path = place / file.NAME
        told["size"] = path.stat().st_size if os.path.exists(path) else 0
        look(place / LOCK)
    except Locked as held:
        return {**told, "state": "in use", "reason": str(held)}
    except OSError as fault:
        return {**told, "state": "off", "reason": f"{fault.strerror}: {fault.filename}"}
    if not os.access(there, os.W_OK | os.X_OK):
        return {**told, "state": "off", "reason": f"{there} cannot be written by this user"}
    reason = (
        f"{told['size'] // MIB} MiB of at most {config.history_size // MIB}, "
        f"{told['free'] // MIB} MiB are free there"
    )
    return {**told, "state": "ok", "reason": reason}


def _page() -> dict[str, Any]:
    try:
        places = resources.templates(), resources.static()
    except FileNotFoundError as fault:
        return {"state": "missing", "reason": str(fault)}
    return {"state": "ok", "reason": str(places[1].parent)}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
