"""Where a process stands in the trees of control groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# Spaces within a field are escaped; the source of a mount may be empty.
_MOUNT = re.compile(
    r"\d+ \d+ \d+:\d+ (?P<root>[^ ]+) (?P<place>[^ ]+) [^ ]+ (?:[^ ]+ )*?"
    r"- (?P<type>[^ ]+) [^ ]* (?P<options>[^ ]+)"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree as it is mounted: `root` is the group that is seen at `place`."""

    version: int
    controllers: frozenset[str]
    root: str
    place: Path

    def directory(self, path: str) -> Path | None:
        """Where the group `path` is seen; None where it is not."""
        try:
            below = PurePosixPath(path).relative_to(self.root)
        except ValueError:
            return None
        directory = self.place / below
        # Groups outside the namespace have paths with ".." (cgroup_namespaces(7)).
        return directory if ".." not in below.parts and directory.is_dir() else None


@dataclass(frozen=True, slots=True)
class Group:
    """A control group as one controller sees it: its directory, and where its tree begins."""

    version: int
    path: str
    directory: Path
    root: Path

    def upwards(self) -> Iterator[Path]:
        """The group's own directory, and those above it as far as can be seen from here."""
        directory = self.directory
        yield directory
        while directory != self.root:
            directory = directory.parent
            yield directory


def find(controller: str, groups: dict[str, str], trees: list[Tree]) -> Group | None:
    """The group that `controller` counts this process to; None where its tree is not mounted.

    Version 1 goes first: a controller that it has is not there in version 2. In a container the
    path may be the host's, of which nothing is seen; what is seen then is the container's own. Not
    where ".." says that the process is outside of it (nsenter(1)): those limits are of others.
    """
    for version, name in ((1, controller), (2, "")):
        path = groups.get(name)
        fitting = [
            t for t in trees if t.version == version and (version == 2 or name in t.controllers)
        ]
        if path is None or not fitting:
            continue
        for tree in fitting:
            if (directory := tree.directory(path)) is not None:
                return Group(version, path, directory, tree.place)
        if ".." not in PurePosixPath(path).parts:
            return Group(version, path, fitting[0].place, fitting[0].place)
    return None


def parse_cgroup(text: str) -> dict[str, str]:
    """Paths by controller from /proc/PID/cgroup (cgroups(7)); version 2 has the name "".

    Raises ValueError. A path may hold colons, and anything else but a newline.
    """
    groups: dict[str, str] = {}
    for line in filter(None, text.split("\n")):
        number, controllers, path = _three(line)
        if not (number.isdecimal() and path.startswith("/")):
            raise ValueError(f"/proc/self/cgroup reads {line[:60]!r}")
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def _three(line: str) -> tuple[str, str, str]:
    number, _, rest = line.partition(":")
    controllers, _, path = rest.partition(":")
    return number, controllers, path


def parse_trees(text: str) -> list[Tree]:
    """The mounted trees from /proc/PID/mountinfo (proc_pid_mountinfo(5)).

    Raises ValueError where no line is a mount. Others are passed over, as any user who may mount
    with FUSE chooses what stands in one of them.
    """
    mounts = [found for line in text.split("\n") if (found := _MOUNT.fullmatch(line))]
    if not mounts:
        raise ValueError(f"/proc/self/mountinfo reads {text[:60]!r}")
    return [
        Tree(
            version=2 if mount["type"] == "cgroup2" else 1,
            controllers=frozenset(mount["options"].split(",")),
            root=_unescaped(mount["root"]),
            place=Path(_unescaped(mount["place"])),
        )
        for mount in mounts
        if mount["type"] in ("cgroup", "cgroup2")
    ]


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
