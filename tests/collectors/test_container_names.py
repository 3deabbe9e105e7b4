"""What containers are called: real servers on real sockets, of good will and of bad."""

import json
import os
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import SystemClock
from monitor.collectors import container_api, container_names
from monitor.collectors.cgroup_names import Container
from monitor.collectors.container_api import Title, fetch, parse, parse_bundle
from monitor.collectors.container_names import ASK_S, MAX_TRIES, ContainerNames
from tests.collectors.runtimes import Converse, docker, flood, peer, says, silent
from tests.collectors.sources import LONG_S, on_linux

pytestmark = on_linux

A, B, C = (letter * 64 for letter in "abc")
WEB: dict[str, Any] = {"Id": A, "Names": ["/web"], "Image": "nginx:1.27", "State": "running"}
DOCKER_A, DOCKER_B = Container(A, "docker"), Container(B, "docker")


def asked(names: ContainerNames, now: float, *containers: Container) -> None:
    """These are there; what is asked because of that is answered, and taken."""
    names.refresh(containers, now)
    for thread in threading.enumerate():
        if thread.name == "container names":
            thread.join(LONG_S)
    names.refresh(containers, now)


def test_docker_tells_names_and_images(tmp_path: Path) -> None:
    requests: list[str] = []
    with docker(tmp_path / "docker.sock", [WEB], requests):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A)
    assert requests == ["GET /containers/json HTTP/1.1"]
    assert names.title(DOCKER_A) == Title("web", "nginx:1.27")
    assert names.denied(DOCKER_A) is None


def test_podman_is_asked_for_its_own(tmp_path: Path) -> None:
    requests: list[str] = []
    told = {"Id": B, "Names": ["/mail"], "Image": "localhost/mail:latest"}
    podman = Container(B, "podman")
    with (
        docker(tmp_path / "docker.sock", [WEB], []),
        docker(tmp_path / "podman" / "podman.sock", [told], requests),
    ):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, podman)
    assert len(requests) == 1
    assert names.title(podman) == Title("mail", "localhost/mail:latest")


def test_a_user_s_own_runtime_is_asked_too(tmp_path: Path) -> None:
    with docker(tmp_path / "user" / str(os.geteuid()) / "docker.sock", [WEB], []):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A)
    assert names.title(DOCKER_A).name == "web"
    assert names.denied(DOCKER_A) is None


def test_of_whom_nobody_knows_who_runs_it_both_are_asked(tmp_path: Path) -> None:
    with docker(tmp_path / "docker.sock", [WEB], []):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, Container(A, None))
    assert names.title(Container(A, None)).name == "web"


def test_it_is_asked_once_for_a_new_one_and_then_no_more(tmp_path: Path) -> None:
    requests: list[str] = []
    listed = [WEB]
    with docker(tmp_path / "docker.sock", listed, requests):
        names = ContainerNames(tmp_path)
        for now in (0.0, 1.0, ASK_S, 10 * ASK_S):
            asked(names, now, DOCKER_A)
        assert len(requests) == 1
        listed.append({"Id": B, "Names": ["/mail"], "Image": None})
        asked(names, 10 * ASK_S, DOCKER_A, DOCKER_B)
        assert names.title(DOCKER_B) == Title("mail", None)
    assert len(requests) == 2


def test_it_is_not_asked_again_too_soon_nor_for_ever(tmp_path: Path) -> None:
    requests: list[str] = []
    with docker(tmp_path / "docker.sock", [], requests):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A)
        asked(names, ASK_S - 0.1, DOCKER_A)
        assert len(requests) == 1
        for number in range(1, 10):
            asked(names, number * ASK_S, DOCKER_A)
    assert len(requests) == MAX_TRIES
    assert names.title(DOCKER_A) == Title(None, None)


def test_a_container_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    with docker(tmp_path / "docker.sock", [WEB], []):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A)
        names.refresh([], 1.0)
    assert names.title(DOCKER_A) == Title(None, None)


def test_one_that_has_a_name_for_an_id_is_not_asked_about(tmp_path: Path) -> None:
    requests: list[str] = []
    with docker(tmp_path / "docker.sock", [WEB], requests):
        asked(ContainerNames(tmp_path), 0.0, Container("web", "lxc"), Container("web", None))
    assert not requests


def test_a_daemon_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    clock = SystemClock()
    with peer(tmp_path / "docker.sock", silent):
        names = ContainerNames(tmp_path)
        began = clock.monotonic()
        names.refresh([DOCKER_A], 0.0)
        assert clock.monotonic() - began < container_api.PATIENCE_S / 2
        asked(names, 0.0, DOCKER_A)
        assert names.denied(DOCKER_A) == "docker: no answer in time"
        # It is asked again, in a while.
        asked(names, ASK_S, DOCKER_A)
    assert names.title(DOCKER_A) == Title(None, None)


def test_the_answer_is_bounded_in_time_however_it_comes(tmp_path: Path) -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        while not ended.wait(0.02):
            connection.sendall(b"H")

    clock = SystemClock()
    with peer(tmp_path / "docker.sock", drip):
        began = clock.monotonic()
        with pytest.raises(TimeoutError):
            fetch(str(tmp_path / "docker.sock"), clock, 0.2)
        took = clock.monotonic() - began
        ended.set()
    assert 0.2 <= took < LONG_S


def test_the_answer_is_bounded_in_bytes(tmp_path: Path) -> None:
    # 100 MB; sooner or later it is hung up on.
    with (
        peer(tmp_path / "docker.sock", flood(b"x" * 1_000_000, 100)),
        pytest.raises(ValueError, match="more than 16 MiB"),
    ):
        fetch(str(tmp_path / "docker.sock"), SystemClock(), LONG_S)


RUDE: dict[str, Converse] = {
    "garbage": says(b"\xff\xfe\x00garbage\r\n\r\n"),
    "nothing": says(b""),
    "an error": says(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n[]"),
    "no JSON": says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<b>x<"),
    "half of it": says(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[{"Id":'),
    "no list": says(b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps({"Id": A}).encode()),
    "too deep": says(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000),
    "a bad chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n"),
    "a huge number": says(b"HTTP/1.1 200 OK\r\n\r\n[" + b"9" * 10_000 + b"]"),
    "headings without end": flood(b"x: y\r\n" * 1000, 100),
    "100 MB": flood(b"x" * 1_000_000, 100),
}


@pytest.mark.parametrize("converse", RUDE.values(), ids=RUDE)
def test_what_is_no_answer_is_none(tmp_path: Path, converse: Converse) -> None:
    with peer(tmp_path / "docker.sock", converse):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A)
    assert names.title(DOCKER_A) == Title(None, None)
    assert names.denied(DOCKER_A) in (
        "docker: an answer that cannot be read",
        "docker: no answer in time",
    )


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [None, 1, "x", [], {}],
        [{"Id": 5, "Names": ["/web"]}],
        [{"Names": ["/web"]}],
        [{"Id": ""}],
    ],
)
def test_what_is_no_container_is_left_out(listed: list[object]) -> None:
    assert parse(b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(listed).encode()) == {}


@pytest.mark.parametrize("names", [None, [], [5], "web", {}, ["/"], [""]])
def test_a_container_may_have_no_name(names: object) -> None:
    body = json.dumps([{"Id": A, "Names": names, "Image": ["x"]}]).encode()
    assert parse(b"HTTP/1.1 200 OK\r\n\r\n" + body) == {A: Title(None, None)}


def test_a_name_is_cut_and_is_whatever_it_is() -> None:
    rude = "/\x1b[2J<img src=x>\ud800" + "x" * 1000
    body = json.dumps([{"Id": A, "Names": [rude], "Image": "y" * 1000}]).encode()
    title = parse(b"HTTP/1.1 200 OK\r\n\r\n" + body)[A]
    assert title.name == rude[1 : 1 + container_api.MAX_TITLE]
    assert title.image == "y" * container_api.MAX_TITLE


def test_without_a_daemon_that_is_said(tmp_path: Path) -> None:
    names = ContainerNames(tmp_path)
    asked(names, 0.0, DOCKER_A)
    assert names.denied(DOCKER_A) == "docker: No such file or directory"


def test_a_daemon_that_is_gone_is_no_fault_of_the_one_that_answers(tmp_path: Path) -> None:
    with peer(tmp_path / "docker.sock", silent):
        pass
    assert stat.S_ISSOCK((tmp_path / "docker.sock").stat().st_mode)
    with docker(tmp_path / "user" / str(os.geteuid()) / "docker.sock", [WEB], []):
        names = ContainerNames(tmp_path)
        asked(names, 0.0, DOCKER_A, DOCKER_B)
    assert names.title(DOCKER_A).name == "web"
    assert names.denied(DOCKER_B) is None


def test_without_permission_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str, clock: object) -> bytes:
        raise PermissionError(13, os.strerror(13), path)

    monkeypatch.setattr(container_names, "fetch", refused)
    names = ContainerNames(tmp_path)
    asked(names, 0.0, DOCKER_A)
    assert names.denied(DOCKER_A) == "docker: Permission denied"


def bundle(place: Path, **notes: str) -> None:
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"ociVersion": "1.2.0", "annotations": notes}))


def test_kubernetes_has_names_in_its_bundles(tmp_path: Path) -> None:
    task = "containerd/io.containerd.runtime.v2.task"
    cri = "io.kubernetes.cri"
    bundle(
        tmp_path / task / "k8s.io" / A / "config.json",
        **{
            f"{cri}.sandbox-namespace": "kube-system",
            f"{cri}.sandbox-name": "coredns-1",
            f"{cri}.container-name": "coredns",
            f"{cri}.image-name": "registry.k8s.io/coredns:v1",
        },
    )
    bundle(tmp_path / task / "default" / B / "config.json", **{"nerdctl/name": "db"})
    bundle(
        tmp_path / "containers/storage/overlay-containers" / C / "userdata" / "config.json",
        **{
            "io.kubernetes.pod.namespace": "shop",
            "io.kubernetes.pod.name": "web-1",
            "io.kubernetes.container.name": "web",
            "io.kubernetes.cri-o.ImageName": "quay.io/web:1",
        },
    )
    names = ContainerNames(tmp_path)
    containers = (Container(A, "kubernetes"), Container(B, "containerd"), Container(C, "cri-o"))
    asked(names, 0.0, *containers)
    assert [names.title(one) for one in containers] == [
        Title("kube-system/coredns-1/coredns", "registry.k8s.io/coredns:v1"),
        Title("db", None),
        Title("shop/web-1/web", "quay.io/web:1"),
    ]


@pytest.mark.parametrize("text", ["", "{", "[" * 200_000, "\x00", "{}x"])
def test_a_bundle_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    place = tmp_path / "containerd/io.containerd.runtime.v2.task/k8s.io" / A
    place.mkdir(parents=True)
    (place / "config.json").write_text(text)
    names = ContainerNames(tmp_path)
    asked(names, 0.0, Container(A, "containerd"))
    assert names.denied(Container(A, "containerd")) == "containerd: an answer that cannot be read"


@pytest.mark.parametrize("text", ["[]", "null", "5", "{}", '{"annotations": [1]}'])
def test_a_bundle_may_say_nothing(text: str) -> None:
    assert parse_bundle(text.encode()) == Title(None, None)
