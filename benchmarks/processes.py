"""CPU time and memory of running processes, from /proc, split into the parts of a server."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PARTS: Final = ("control", "media", "postgres", "other")
_MICRO_TICKS: Final = 100  # utime and stime of /proc are in hundredths of a second (USER_HZ)
_MEDIA: Final = b"telephony.media.worker"


@dataclass(frozen=True, slots=True)
class Usage:
    """Per part. `cpu_s` since the processes began; `memory_mb` resident, of PostgreSQL its proportional set."""

    cpu_s: dict[str, float]
    memory_mb: dict[str, float]


class ServerProcesses:
    """The tree below a server's process. Looked at anew each time, since databases come and go with connections."""

    def __init__(self, pid: int) -> None:
        """`pid` is the control process's."""
        self.pid = pid

    def count(self, part: str) -> int:
        """How many processes a part has now."""
        return sum(what == part for _, what in self._tree())

    def usage(self) -> Usage:
        cpu, memory = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0.0)
        for pid, part in self._tree():
            try:
                cpu[part] += cpu_s(pid) + (_reaped_s(pid) if part == "postgres" else 0.0)
                memory[part] += pss_mb(pid) if part == "postgres" else rss_mb(pid)
            except (OSError, ProcessLookupError):  # it ended while we looked
                continue
        return Usage(cpu, memory)

    def own_mb(self) -> dict[str, float]:
        """What each part has allocated (anonymous pages, no file behind them), and under "shared" what
        processes share without a file: PostgreSQL's buffers, as far as they were touched."""
        own = {**dict.fromkeys(PARTS, 0.0), "shared": 0.0}
        for pid, part in self._tree():
            try:
                pages = _rollup(pid)
            except (OSError, ProcessLookupError):  # it ended while we looked
                continue
            own[part] += pages["Pss_Anon"]
            own["shared"] += pages["Pss_Shmem"]
        return own

    def _tree(self) -> list[tuple[int, str]]:
        children = _children()
        found = [(self.pid, "control")]
        for child in children.get(self.pid, ()):
            part = _part_of(child)
            found += [(pid, part) for pid in _below(child, children)]
        return found


def spent(before: Usage, after: Usage) -> dict[str, float]:
    """CPU seconds between two looks, by part."""
    return {part: after.cpu_s[part] - before.cpu_s[part] for part in after.cpu_s}


def cpu_s(pid: int) -> float:
    """CPU time of all threads of a process, to the nanosecond: its CPU clock (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def rss_mb(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def pss_mb(pid: int) -> float:
    """Shared pages count once in all: PostgreSQL's buffers would otherwise count once a connection."""
    return _rollup(pid)["Pss"]


def _rollup(pid: int) -> dict[str, float]:
    """Megabytes by kind of page (proc_pid_smaps(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(size.split()[0]) / 1024 for name, size in (line.split(":", 1) for line in lines)}


def _reaped_s(pid: int) -> float:
    """CPU time of children that have ended and were waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _MICRO_TICKS


def _part_of(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "other"
    if _MEDIA in command:
        return "media"
    return "postgres" if Path(command.split(b"\0")[0].decode()).name == "postgres" else "other"


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


def _below(pid: int, children: dict[int, list[int]]) -> Iterable[int]:
    yield pid
    for child in children.get(pid, ()):
        yield from _below(child, children)
