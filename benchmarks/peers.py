"""What is measured by `benchmarks.calls`: a Threadline server, or a running Asterisk beside it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from benchmarks.processes import Usage, cpu_s, rss_mb
from benchmarks.shop import BRIDGE, MENU, TAPED, Shop

KINDS: Final = ("ivr", "bridge", "bridge+record")
ASTERISK: Final = "ASTERISK"  # HOST:PORT,PLAYBACK,DIAL,DIAL_AND_MIXMONITOR
FAR: Final = 5099  # where calls that Asterisk passes on are answered: Dial(PJSIP/...@127.0.0.1:5099)


class Peer(Protocol):
    """A server to call. `numbers`: whom to call, by kind."""

    @property
    def name(self) -> str: ...

    @property
    def sip(self) -> tuple[str, int]: ...

    @property
    def numbers(self) -> Mapping[str, str]: ...

    def usage(self) -> Usage: ...


class Ours:
    """A server of the benchmark's own."""

    name = "Threadline"
    numbers: Mapping[str, str] = dict(zip(KINDS, (MENU, BRIDGE, TAPED), strict=True))

    def __init__(self, shop: Shop) -> None:
        self.sip = shop.sip
        self._shop = shop

    def usage(self) -> Usage:
        return self._shop.processes.usage()


@dataclass(frozen=True, slots=True)
class Asterisk:
    """One that runs already, on this machine or its CPU time is not known."""

    sip: tuple[str, int]
    numbers: Mapping[str, str]
    name: str = "Asterisk"

    def usage(self) -> Usage:
        cpu, memory = {"asterisk": 0.0}, {"asterisk": 0.0}
        for pid in _pids(b"asterisk"):
            cpu["asterisk"] += cpu_s(pid)
            memory["asterisk"] += rss_mb(pid)
        return Usage(cpu, memory)


def asterisk_of(setting: str | None) -> Asterisk | None:
    """`127.0.0.1:5070,100,101,102` as a peer. Raises SystemExit for anything else that is not empty."""
    if not setting:
        return None
    address, *extensions = setting.split(",")
    host, _, port = address.partition(":")
    if len(extensions) != len(KINDS) or not port.isdigit():
        raise SystemExit(f"{ASTERISK}=HOST:PORT,PLAYBACK,DIAL,DIAL_WITH_MIXMONITOR")
    return Asterisk((host, int(port)), dict(zip(KINDS, extensions, strict=True)))


def asterisk() -> Asterisk | None:
    """As the environment names it."""
    return asterisk_of(os.environ.get(ASTERISK))


def _pids(program: bytes) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words and words[0].rpartition(b"/")[2] == program:
                found.append(int(entry.name))
    return found
