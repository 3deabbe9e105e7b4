"""The control groups that are made for units and containers, found in all trees and kept.

A tree is walked again only where a directory has changed. What kernfs tells of that is the number
of links: it counts the groups below (kernfs_add_one), and leaves the time of change as it was.
"""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.collectors.cgroup_names import Container, container_of, is_user_manager, unit_of
from monitor.collectors.cgroup_tree import Tree, parse_trees
from monitor.collectors.collector import read_text

# A group that took the place of another between two looks changes no number of links.
ANEW_S = 30.0
# Kubernetes within docker has eight.
MAX_DEPTH = 12
# Directories of one tree. The outer ones go first.
MAX_DIRECTORIES = 4096
# Controllers of version 1 by what is read of them, and the trees in which groups are sought.
ROLES = ("cpuacct", "cpu", "memory", "pids", "blkio")
SOUGHT = ("name=systemd", "memory", "cpuacct", "pids")

Signature = tuple[int, int, int]


@dataclass(slots=True)
class Node:
    """A directory of a tree, and what its name says; `path` is as the kernel names it.

    `user` is the user under whose manager it stands, `manages` the one whose units are below. Where
    it is `held` by a unit or a container, what is below is none of this machine's units.
    """

    name: str
    path: str
    depth: int
    user: str | None = None
    manages: str | None = None
    unit: str | None = None
    container: Container | None = None
    held: bool = False
    signature: Signature | None = None
    children: dict[str, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of a group, and the version of its tree."""

    version: int
    directory: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a unit or a container; `places` has its directory by controller.

    `number` is the inode's: another group of the same path has another.
    """

    path: str
    unit: str | None
    user: str | None
    container: Container | None
    places: dict[str, Place]
    number: int


class Groups:
    """All groups of units and containers."""

    def __init__(self, proc_self: Path) -> None:
        self._proc_self = proc_self
        self._walked_at: float | None = None
        self._trees: list[Tree] = []
        self._walks: dict[Path, Walk] = {}
        self._groups: dict[str, Group] = {}
        self.cut = False

    def find(self, now: float) -> dict[str, Group]:
        """By path; the same objects as before while they are the same. Raises OSError, ValueError.

        `now` is monotonic seconds.
        """
        anew = self._walked_at is None or now - self._walked_at >= ANEW_S
        if anew:
            self._walked_at = now
            trees = parse_trees(read_text(self._proc_self / "mountinfo"))
            self._trees = sorted(trees, key=lambda tree: tree.version)
            sought = {tree.place: tree for tree in self._trees if _is_sought(tree)}
            kept = {place: self._walks.get(place) for place in sought}
            self._walks = {p: walk or Walk(sought[p]) for p, walk in kept.items()}
        # All of them, whichever has changed.
        changed = [walk.refresh(anew=anew) for walk in self._walks.values()]
        self.cut = any(walk.cut for walk in self._walks.values())
        if anew or any(changed):
            self._groups = self._gathered(anew=anew)
        return self._groups

    def _gathered(self, *, anew: bool) -> dict[str, Group]:
        """What was found in any tree; of a container that stands below itself the outer one."""
        groups: dict[str, Group] = {}
        ids: set[str] = set()
        for walk in self._walks.values():
            for node in walk.nodes:
                if node.path in groups or (node.container is not None and node.container.id in ids):
                    continue
                if node.container is not None and node.container.numbered:
                    ids.add(node.container.id)
                groups[node.path] = self._group(node, anew=anew)
        return groups

    def _group(self, node: Node, *, anew: bool) -> Group:
        number = node.signature[0] if node.signature is not None else 0
        known = self._groups.get(node.path)
        same = known is not None and known.number == number
        if known is not None and same and not anew:
            return known
        places = self._places(node.path)
        if known is not None and same and known.places == places:
            return known
        return Group(node.path, node.unit, node.user, node.container, places, number)

    def _places(self, path: str) -> dict[str, Place]:
        """Its directory by controller: version 1 where the group is there, else version 2."""
        places: dict[str, Place] = {}
        for tree in self._trees:
            roles = [r for r in ROLES if tree.version == 2 or r in tree.controllers]
            wanted = [role for role in roles if role not in places]
            directory = _directory(tree, path) if wanted else None
            if directory is not None:
                places.update(dict.fromkeys(wanted, Place(tree.version, directory)))
        return places


def _directory(tree: Tree, path: str) -> str | None:
    """As `Tree.directory`, for a path that was found in a tree; ten times as fast."""
    above = tree.root.rstrip("/")
    if not path.startswith(f"{above}/"):
        return None
    directory = f"{tree.place}{path[len(above) :]}"
    return directory if os.path.isdir(directory) else None


def _is_sought(tree: Tree) -> bool:
    return tree.version == 2 or any(name in tree.controllers for name in SOUGHT)


class Walk:
    """One tree, and what is known of it. `nodes` are those of units and containers."""

    def __init__(self, tree: Tree) -> None:
        self._place = str(tree.place)
        self._above = tree.root.rstrip("/")
        self._root = Node("", self._above, 0)
        self.nodes: list[Node] = []
        self.cut = False

    def refresh(self, *, anew: bool) -> bool:
        """Look where anything has changed, or everywhere; whether anything had."""
        changed = False
        self.cut = False
        seen = 0
        nodes: list[Node] = []
        waiting = deque([self._root])
        while waiting:
            node = waiting.popleft()
            if seen >= MAX_DIRECTORIES:
                self.cut = True
                break
            seen += 1
            changed |= self._look(node, anew=anew)
            if node.signature is None:
                continue
            if node.unit is not None or node.container is not None:
                nodes.append(node)
            if node.depth < MAX_DEPTH:
                waiting.extend(node.children.values())
            else:
                self.cut |= bool(node.children)
        self.nodes = nodes
        return changed

    def _look(self, node: Node, *, anew: bool) -> bool:
        directory = self._place + node.path[len(self._above) :]
        try:
            status = os.stat(directory)
            signature = (status.st_ino, status.st_nlink, status.st_mtime_ns)
            if signature == node.signature and not anew:
                return False
            names = sorted(_below(directory))
        except OSError:  # it is gone, or this user may not look
            changed = node.signature is not None
            node.signature, node.children = None, {}
            return changed
        changed = signature != node.signature or node.children.keys() != set(names)
        node.signature = signature
        if changed:
            node.children = {name: node.children.get(name) or _child(node, name) for name in names}
        return changed


def _below(directory: str) -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield entry.name


def _child(parent: Node, name: str) -> Node:
    user = parent.manages or parent.user
    node = Node(name, f"{parent.path}/{name}", parent.depth + 1, user, held=parent.held)
    node.container = container_of(name, parent.path)
    if node.container is None and not parent.held:
        node.unit = unit_of(name)
        if node.unit is not None and user is None and is_user_manager(name):
            node.manages = node.unit.partition("@")[2].removesuffix(".service")
    node.held |= node.container is not None or (node.unit is not None and node.manages is None)
    return node
