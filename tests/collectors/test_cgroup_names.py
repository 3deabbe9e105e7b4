"""What the name of a control group says, of whichever runtime it is, and of whatever it is."""

import random

import pytest

from monitor.collectors.cgroup_names import Belonging, belonging, container_of, unescaped, unit_of
from tests.collectors.sources import FIXTURES

ID = "0123456789ab" + "cd" * 26
OTHER = "f" * 64
SHORT = "0123456789ab"


def places() -> dict[str, tuple[str, Belonging]]:
    """The rows of the table, by what they are; "-" is nothing."""
    text = (FIXTURES / "containers" / "paths.txt").read_text(encoding="ascii")
    text = text.replace("SHORT", SHORT).replace("OTHER", OTHER).replace("ID", ID)
    found = {}
    for line in text.splitlines()[1:]:
        title, path, *known = line.split(" | ")
        unit, container, runtime = (None if word == "-" else word for word in known)
        found[title] = (path, Belonging(path, unit, container, runtime))
    return found


@pytest.mark.parametrize(("path", "what"), places().values(), ids=places())
def test_a_group_s_path_says_what_it_is_of(path: str, what: Belonging) -> None:
    assert belonging(f"0::{path}\n") == what


def test_of_several_trees_the_one_with_a_container_counts() -> None:
    text = f"12:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/docker.service\n"
    assert belonging(text) == Belonging(f"/docker/{ID}", None, SHORT, "docker")


def test_of_several_trees_systemd_s_own_counts() -> None:
    text = "4:memory:/x/other.service\n1:name=systemd:/system.slice/a.service\n0::/\n"
    assert belonging(text) == Belonging("/system.slice/a.service", "a.service", None, None)


def test_where_nothing_is_known_the_group_that_is_not_the_root_is_told() -> None:
    text = "9:name=systemd:/\n4:memory:/batch/7\n1:cpu:/\n0::/\n"
    assert belonging(text) == Belonging("/batch/7", None, None, None)


def test_what_the_kernel_says_of_a_group_that_is_gone_is_no_part_of_its_name() -> None:
    found = belonging("0::/system.slice/ssh.service (deleted)\n")
    assert found == Belonging("/system.slice/ssh.service", "ssh.service", None, None)


@pytest.mark.parametrize("text", ["", "\n", "garbage", "0:", "0::", "0::relative", "::::"])
def test_where_there_is_no_group_there_is_none(text: str) -> None:
    assert belonging(text) == Belonging("", None, None, None)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (r"a\x2db.service", "a-b.service"),
        (r"caf\xc3\xa9.service", "café.service"),
        # What nobody could read, or would do harm, stays as it is.
        (r"a\xff.service", r"a\xff.service"),
        (r"a\x1b\x5b2J.service", r"a\x1b\x5b2J.service"),
        (r"a\x0ab.service", r"a\x0ab.service"),
        (r"a\x2.service", r"a\x2.service"),
        ("a-b.service", "a-b.service"),
    ],
)
def test_escapes_stand_for_what_can_be_read(name: str, plain: str) -> None:
    assert unescaped(name) == plain
    assert unit_of(name) == plain


@pytest.mark.parametrize(
    "name",
    [
        "a b.service",
        "<img src=x>.service",
        "\x1b[2J.service",
        "\udcff.service",
        ".service",
        "a.servicex",
        "x" * 249 + ".service",
        "a.slice",
        "a.device",
        "",
    ],
)
def test_what_systemd_would_not_call_a_unit_is_none(name: str) -> None:
    assert unit_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        f"docker-{ID[:-1]}.scope",
        f"docker-{ID}0.scope",
        f"docker-{ID.upper()}.scope",
        f"nonsense-{ID}.scope",
        f"crio-conmon-{ID}.scope",
        ID[:-1],
        "lxc.payload.",
        "machine-.scope",
    ],
)
def test_what_only_looks_like_a_container_is_none(name: str) -> None:
    assert container_of(name, "/system.slice") is None


RUDE = (
    "\x1b[2J",
    "\udcff\udcfe",
    "__proto__",
    "=1+1",
    "<b>",
    "a:b",
    ") (",
    "..",
    "\\x",
    "\x00",
    "x" * 255,
)


def test_whatever_stands_there_nothing_is_raised() -> None:
    chance = random.Random(7)
    names = [*RUDE, "system.slice", "user@1000.service", f"docker-{ID}.scope", ID, "lxc", "\\x2d"]
    for _ in range(2000):
        path = "/".join(chance.choices(names, k=chance.randrange(1, 40)))
        line = f"{chance.choice(['0::', '1:name=systemd:', '', '5:cpu,cpuacct:'])}/{path}"
        found = belonging(line[: chance.randrange(len(line) + 1)])
        assert found.path == "" or found.path.startswith("/")


def test_a_path_of_four_kilobytes_is_read_in_no_time() -> None:
    deep = "/a-b" * 1000 + f"/docker-{ID}.scope"
    assert belonging(f"0::{deep}").container == SHORT
    assert belonging("0::/" + "a-" * 2000).container is None
