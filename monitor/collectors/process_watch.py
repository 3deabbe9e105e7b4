"""One process, watched: its descriptors are kept open and its record made anew when it changes."""

import os

from monitor.collectors import command_line
from monitor.collectors.cgroup_names import belonging
from monitor.collectors.process_kept import DENIED, Gone, KeptFiles, Surroundings, gone_or
from monitor.collectors.process_records import Command, Process
from monitor.collectors.process_stat import KERNEL_THREAD, Stat, parse, parse_io

# A line of stat is some 300 bytes; its name has at most 15, and its numbers 20 digits each.
STAT_BYTES = 2048
SHORT_BYTES = 1024
# Names in a cgroup's path have no bound but this: PATH_MAX.
CGROUP_BYTES = 8192
# What a process is may change after it began: a shell becomes a program, a daemon gives up root.
# It is learned again while it is this young, and whenever this long has passed.
YOUNG_S = 5.0
LEARN_S = 60.0


class Watch:
    """A process under watch. `record` and `command` are what is known of it."""

    __slots__ = (
        "_denied",
        "_files",
        "_io",
        "_kept",
        "_learned_at",
        "_line",
        "_raw",
        "_resident",
        "_run",
        "_scheduler",
        "_seen_at",
        "_surroundings",
        "_uid",
        "children",
        "command",
        "container",
        "kernel",
        "key",
        "naps",
        "pid",
        "pss",
        "quiet",
        "record",
        "stat",
        "unit",
    )
    record: Process
    stat: Stat

    def __init__(self, pid: int, surroundings: Surroundings, now: float, *, new: bool) -> None:
        """Begin to watch. Raises Gone, and OSError where there are no descriptors left."""
        self._kept = KeptFiles(pid, surroundings)
        self.pid = pid
        self.key = str(pid)
        self.quiet = self.naps = 0
        self.children = 0
        self.pss: int | None = None
        self.unit: str | None = None
        self.container: str | None = None
        self.kernel = False
        self.command = Command(pid=self.key, line=None)
        self._surroundings = surroundings
        self._seen_at = now
        self._learned_at = -LEARN_S
        self._line = command_line.NONE
        self._uid = -1
        self._raw = b""
        self._scheduler: int | None = None
        self._run = b""
        self._io: tuple[int, int] | None = None
        self._resident: int | None = None
        self._files: int | None = None
        self._denied: frozenset[str] = frozenset()
        self.look(now, new=new)

    def close(self) -> None:
        """Give its descriptors back."""
        self._scheduler = None
        self._kept.close()

    def slept(self) -> bool | None:
        """Whether it has not run since this was asked before; None where that is not told.

        /proc/PID/schedstat (kernel: scheduler/sched-stats.rst) is of the first thread alone. It
        takes a third of the time that stat does, and tells of nanoseconds where that has hundredths
        of a second. What did not run has changed nothing, but for what others do to it.
        """
        if self.stat.threads != 1:
            return None
        if self._scheduler is None:
            self._scheduler = self._kept.keep("schedstat")
            if self._scheduler is None:
                return None
        before = self._run
        try:
            self._run = os.pread(self._scheduler, SHORT_BYTES, 0)
        except OSError:
            return False  # looking at it will tell
        if self._run != before:
            self.naps = 0
            return False
        self.naps += 1
        return True

    def look(self, now: float, *, closely: bool = False, new: bool = False) -> bool:
        """Read it again; whether anything has changed. Raises Gone.

        Where its line of stat has not changed it did nothing, and nothing more is read of it unless
        it is looked at `closely`.
        """
        raw = self._kept.peruse("stat", STAT_BYTES)
        changed = raw != self._raw
        if changed:
            self._take(raw, now)
        if changed or closely:
            had = self._beside_stat()
            if now - self._learned_at >= LEARN_S:
                self._learn(now)
            # What was refused is tried again when it may have become another's.
            self._look_closer(anew=self._learned_at == now)
            changed = changed or had != self._beside_stat()
        if changed or self.record.new:
            self.make(new=new)
        self.quiet = 0 if changed else self.quiet + 1
        return changed

    def make(self, *, new: bool = False) -> None:
        """Make its record of what is known."""
        stat, around = self.stat, self._surroundings
        self.record = Process(
            pid=self.key,
            started=round(around.booted + stat.start / around.ticks_a_second, 2),
            new=new or None,
            parent=stat.parent,
            user=around.users.name(self._uid) if self._uid >= 0 else None,
            state=stat.state,
            name=stat.name.decode("utf-8", "surrogateescape"),
            kernel=self.kernel or None,
            nice=stat.nice,
            cpu=stat.used / around.ticks_a_second,
            children=self.children / around.ticks_a_second,
            rss=self._resident,
            pss=self.pss,
            threads=stat.threads,
            files=self._files,
            read_bytes=self._io[0] if self._io is not None else None,
            written_bytes=self._io[1] if self._io is not None else None,
            unit=self.unit,
            container=self.container,
            denied=", ".join(sorted(self._denied)) or None,
        )

    def may(self, what: str, *, be_read: bool) -> bool:
        """That of it may be read, or may not; whether that is new."""
        new = be_read == (what in self._denied)
        self._denied ^= {what} if new else set()
        return new

    def _beside_stat(self) -> tuple[object, ...]:
        """What may change while its line of stat does not."""
        learned = (self._uid, self.unit, self.container, self.command)
        return self._resident, self._io, self._files, self._denied, *learned

    def _take(self, raw: bytes, now: float) -> None:
        before: Stat | None = getattr(self, "stat", None)
        stat = parse(raw)
        if before is not None and before.start != stat.start:
            # It was opened anew, and is of another process that has taken the number.
            raise Gone
        self.stat, self._raw = stat, raw
        other = before is None or (before.name, before.image) != (stat.name, stat.image)
        if other or now - self._seen_at < YOUNG_S:
            self._learn(now)

    def _learn(self, now: float) -> None:
        """What changes seldom: whose it is, where it belongs, what it was called with."""
        self._learned_at = now
        self.kernel = bool(self.stat.flags & KERNEL_THREAD)
        try:
            # The directory itself is its effective user's, even where the files in it are root's.
            self._uid = os.stat(self._kept.directory).st_uid
        except OSError as fault:
            raise gone_or(fault) from fault
        groups = self._kept.read("cgroup", CGROUP_BYTES)
        place = belonging(groups.decode("utf-8", "surrogateescape"))
        self.unit, self.container = place.unit, place.container
        if not self.kernel:
            self._line = command_line.read_line(self._kept.read, self._line)
            if self._line.text != self.command.line:
                self.command = Command(pid=self.key, line=self._line.text)

    def _look_closer(self, *, anew: bool) -> None:
        """What is not in stat: memory, descriptors and storage; what was refused, only `anew`.

        The resident size in stat is off by up to 64 pages a processor; that in statm is summed up.
        """
        around, files = self._surroundings, self._kept.directory + "/fd"
        pages = self._kept.peruse("statm", SHORT_BYTES).split(b" ", 2)
        self._resident = int(pages[1]) * around.page_bytes
        try:
            counted = around.counts_files
            self._files = os.stat(files).st_size if counted else len(os.listdir(files))
            self.may("files", be_read=True)
        except OSError as fault:
            self._files = None
            self.may("files", be_read=fault.errno not in DENIED)
        if "io" in self._denied and not anew:
            return
        try:
            self._io = parse_io(self._kept.peruse("io", SHORT_BYTES))
            self.may("io", be_read=True)
        except (KeyError, ValueError):
            self._io = None
        except OSError as fault:
            self._io = None
            self.may("io", be_read=fault.errno not in DENIED)
