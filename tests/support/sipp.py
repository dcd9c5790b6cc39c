"""Debian's SIPp as the other end: runs a scenario and returns what it counted."""

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK, free_port, free_range
from tests.support.program import Program

_runs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Load:
    """How many calls, how fast and how many at once (None: as many as it takes)."""

    calls: int = 1
    per_second: float = 10
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """SIPp's own statistics at the end of a run. `errors` is the text of its error log."""

    exit_code: int
    calls: int
    successful: int
    failed: int
    retransmissions: int
    counters: Mapping[str, str]
    errors: str

    @property
    def is_clean(self) -> bool:
        """Every call went through, and nothing had to be sent twice."""
        return (
            self.exit_code == 0 and self.calls == self.successful and not self.failed + self.retransmissions
        )


@dataclass
class Sipp:
    """One SIPp process: `async with Sipp(folder, xml, target=...) as sipp: outcome = await sipp.outcome()`.

    `scenario` is XML text, or the name of a built-in one such as "uac". `target` is HOST:PORT for a caller
    and None for a server. `keywords` become [name] in the scenario; `rows` an injection file.
    """

    folder: Path
    scenario: str
    target: str | None = None
    load: Load = field(default_factory=Load)
    service: str = "19001234"
    transport: str = "u1"  # t1: TCP
    keywords: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[str] | None = None  # the first says SEQUENTIAL, RANDOM or USER
    timeout_s: int = 60
    options: Sequence[str] = ()
    port: int = 0

    def __post_init__(self) -> None:
        self.folder = self.folder / f"sipp-{next(_runs)}"
        self.port = self.port or free_port()

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True)
        self._program = Program(*self._command(), cwd=self.folder, name="sipp")
        await self._program.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._program.stop()

    def _command(self) -> list[str]:
        if self.scenario.lstrip().startswith("<"):
            (self.folder / "scenario.xml").write_text(self.scenario)
            scenario = ["-sf", "scenario.xml"]
        else:
            scenario = ["-sn", self.scenario]
        media = ["-mi", LOOPBACK, "-mp", str(free_range(64))]
        where = ["-i", LOOPBACK, "-p", str(self.port), "-t", self.transport, *media]
        load = ["-m", str(self.load.calls), "-r", str(self.load.per_second), "-s", self.service]
        if self.load.at_once is not None:
            load += ["-l", str(self.load.at_once)]
        traces = [
            "-trace_stat",
            "-stf",
            "statistics.csv",
            "-fd",
            "1",
            "-trace_err",
            "-error_file",
            "errors.log",
        ]
        limits = ["-nostdin", "-timeout", str(self.timeout_s), "-timeout_error"]
        keywords = [word for name, value in self.keywords.items() for word in ("-key", name, value)]
        if self.rows is not None:
            (self.folder / "rows.csv").write_text("\n".join(self.rows) + "\n")
            keywords += ["-inf", "rows.csv"]
        target = [self.target] if self.target else []
        return ["sipp", *target, *scenario, *where, *load, *traces, *limits, *keywords, *self.options]

    async def outcome(self) -> Outcome:
        """Waits until all calls are over. Raises TimeoutError when they never are."""
        code = await self._program.ended(timeout_s=self.timeout_s + 10)
        return self._read(code)

    def _read(self, code: int) -> Outcome:
        statistics, errors = self.folder / "statistics.csv", self.folder / "errors.log"
        if not statistics.exists():
            raise RuntimeError(f"sipp ended with {code} before any call:\n{self._program.tail()}")
        with statistics.open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return Outcome(
            exit_code=code,
            calls=int(last["TotalCallCreated"]),
            successful=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            retransmissions=int(last["Retransmissions(C)"]),
            counters=last,
            errors=errors.read_text(errors="replace") if errors.exists() else "",
        )


async def run_sipp(
    folder: Path, scenario: str, target: str, load: Load | None = None, **more: object
) -> Outcome:
    """Runs a calling scenario to its end. `more` are further fields of Sipp."""
    async with Sipp(folder, scenario, target, load or Load(), **more) as sipp:  # type: ignore[arg-type]  # as Sipp's fields
        return await sipp.outcome()
