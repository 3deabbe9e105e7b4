"""What the names of control groups say: the systemd unit or the container that they are made for.

A name may hold any byte but "/" and a newline, which the kernel refuses (cgroup_mkdir), and anybody
to whom a group was delegated chooses the names below it. Pure; nothing here raises.
"""

import re
from functools import lru_cache
from typing import NamedTuple

# Texts of /proc/PID/cgroup that are remembered: most processes share theirs with others.
REMEMBERED = 256
# What docker shows of an id.
SHORT_ID = 12

_ID = "[0-9a-f]{64}"
# `conmon` watches a container and is not in it.
_SCOPE = re.compile(rf"(?P<by>[a-z-]+?)-(?:payload-)?(?P<id>{_ID})(?:\.scope)?")
# What is made of a slice's path where the runtime was told of none: <slice>:<prefix>:<id>.
_COLONS = re.compile(rf"[^:]*:(?P<by>[a-z-]+):(?P<id>{_ID})")
_BARE = re.compile(_ID)
_RUNTIMES = {
    "docker": "docker",
    "libpod": "podman",
    "cri-containerd": "containerd",
    "nerdctl": "containerd",
    "crio": "cri-o",
}
# Directories in which containers stand by their bare id.
_PARENTS = {"docker": "docker", "default": "containerd", "k8s.io": "containerd"}
_LXC_PARENTS = ("lxc", "lxc.payload")
_LXC_PREFIX = "lxc.payload."
_MACHINE = re.compile(r"(?:machine-(?P<scope>.+)\.scope|systemd-nspawn@(?P<service>.+)\.service)")
# libvirt registers its guests too (its virCgroup): the ones are machines, the others containers.
_GUEST, _LIBVIRT_LXC = "qemu-", "lxc-"

# systemd.unit(5): what has processes, and the characters of a name. Longer ones are not taken.
_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,248}\.(?:service|scope|socket|mount|swap)")
_USER_MANAGER = re.compile(r"user@[^/]*\.service")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
# What the kernel writes after the path of a group that was removed (cgroup-v2.rst).
_DELETED = " (deleted)"


class Belonging(NamedTuple):
    """Where a process belongs.

    `path` is the control group's, "" where there is none. `container` is the first twelve digits of
    its id, or its name where the runtime has names only. `unit` is the one that the process is of
    within its container, or else the one that the container was started in.
    """

    path: str
    unit: str | None
    container: str | None
    runtime: str | None


class Container(NamedTuple):
    """A container as a directory's name tells it: its whole id or its name, and who runs it."""

    id: str
    runtime: str | None

    @property
    def numbered(self) -> bool:
        """Whether it has an id that no other has, or only a name."""
        return _BARE.fullmatch(self.id) is not None

    @property
    def short(self) -> str:
        """Its id as people know it."""
        return self.id[:SHORT_ID] if self.numbered else self.id


@lru_cache(maxsize=REMEMBERED)
def belonging(cgroup_text: str) -> Belonging:
    """From /proc/PID/cgroup (cgroups(7)), of version 1, 2 or both.

    Where the trees differ the one with a container goes before the one that systemd keeps, and
    those before the others.
    """
    places = [_placed(path) for path in _paths(cgroup_text)]
    for place in places:
        if place.container is not None:
            return place
    for place in places:
        if place.unit is not None:
            return place
    below = (place for place in places if place.path != "/")
    return next(below, places[0] if places else _NOWHERE)


_NOWHERE = Belonging("", None, None, None)


def container_of(name: str, above: str) -> Container | None:
    """The container that a group of this name is of; `above` is the path that it stands in."""
    scope = _SCOPE.fullmatch(name) or _COLONS.fullmatch(name)
    if scope is not None and scope["by"] in _RUNTIMES:
        return Container(scope["id"], _RUNTIMES[scope["by"]])
    parent = above.rpartition("/")[2]
    if _BARE.fullmatch(name):
        return Container(name, "kubernetes" if "/kubepods" in above else _PARENTS.get(parent))
    if parent in _LXC_PARENTS and name:
        return Container(name, "lxc")
    if name.startswith(_LXC_PREFIX) and name != _LXC_PREFIX:
        return Container(name.removeprefix(_LXC_PREFIX), "lxc")
    if machine := _MACHINE.fullmatch(name):
        title = unescaped(machine["scope"] or machine["service"])
        if not title.startswith(_GUEST):
            return Container(title, "lxc" if title.startswith(_LIBVIRT_LXC) else "systemd-nspawn")
    return None


def unit_of(name: str) -> str | None:
    """The unit that a group of this name is of: systemd puts "_" before what could be a file."""
    bare = name.removeprefix("_")
    return unescaped(bare) if _UNIT.fullmatch(bare) else None


def is_user_manager(name: str) -> bool:
    r"""Whether the units of a user stand below a group of this name."""
    return _USER_MANAGER.fullmatch(name) is not None


def unescaped(name: str) -> str:
    r"""`\x2d` as the "-" that it stands for (systemd-escape(1)); as it is if nobody could read it.

    Two units may come out the same: that which is "a-b" and that which is "a\x2db".
    """
    if "\\x" not in name:
        return name
    plain = _ESCAPES.sub(_decoded, name)
    return plain if plain.isprintable() else name


def _decoded(run: re.Match[str]) -> str:
    return bytes.fromhex(run[0].replace("\\x", "")).decode("utf-8", "surrogateescape")


def _paths(text: str) -> list[str]:
    """The paths, systemd's own tree of version 1 first, then version 2, then the others."""
    paths: dict[str, str] = {}
    for line in text.split("\n"):
        controllers, _, path = line.partition(":")[2].partition(":")
        if path.startswith("/"):
            paths.setdefault(controllers, path.removesuffix(_DELETED) or "/")
    first = [paths.pop(name) for name in ("name=systemd", "") if name in paths]
    return [*first, *paths.values()]


def _placed(path: str) -> Belonging:
    """What one path says: the innermost container, and the unit on this side of it."""
    names = path.split("/")
    found, at = None, 0
    above = ""
    for index, name in enumerate(names[1:], 1):
        if (container := container_of(name, above)) is not None:
            found, at = container, index
        above = f"{above}/{name}"
    if found is None:
        return Belonging(path, _unit(names), None, None)
    unit = _unit(names[at + 1 :]) or _unit(names[:at])
    return Belonging(path, unit, found.short, found.runtime)


def _unit(names: list[str]) -> str | None:
    """The outermost one, as systemd's cg_path_get_unit() has it: what is below was delegated.

    A user's own unit goes before the service that is the user's manager.
    """
    manager = None
    for name in names:
        unit = unit_of(name)
        if unit is not None and not is_user_manager(name):
            return unit
        manager = unit or manager
    return manager
