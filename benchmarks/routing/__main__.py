"""`python -m benchmarks.routing`: the table of docs/routing.md, on this machine."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.machine import machine
from benchmarks.routing.announced import summary, told_in
from benchmarks.routing.centres import CENTRES
from benchmarks.routing.decision import Hall, measure
from benchmarks.routing.gate import gate
from benchmarks.routing.marks import ROWS, Verdict, judge
from benchmarks.routing.trials import Cell, Days, run
from benchmarks.routing.ways import OURS
from benchmarks.tables import Cell as Entry
from benchmarks.tables import p50_p99_max, show
from omnichannel.routing.simulation.figures import interval

LOADS: Final = "0.75,0.85,0.92,0.95,1.05"
SHOWN: Final = (
    "service_level",
    "worst_class",
    "asa",
    "p95",
    "abandoned",
    "level",
    "occupancy",
    "gini",
    "in_vain",
)
FULL: Final = 0.92
HALLS: Final = (
    (Hall(500, 500, 0.1), 200),
    (Hall(500, 500, 1.0), 200),
    (Hall(500, 500, 1.0, unlike=True), 50),
    (Hall(5000, 5000, 0.02), 20),
    (Hall(5000, 5000, 1.0), 20),
    (Hall(5000, 5000, 1.0, unlike=True), 5),
)
ELSEWHERE: Final = (
    ("11", "a callback's place", "tests/integration/omnichannel/routing/test_tickets.py"),
    ("12", "order after kill -9", "tests/integration/telephony/test_killed_queues.py"),
    ("13", "two agents on one call", "tests/integration/omnichannel/routing/test_interleavings.py"),
    ("14", "ready to ring, through the server", "python -m benchmarks --only offers"),
    ("15", "counters against events", "tests/integration/omnichannel/routing/test_interleavings.py"),
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="days per cell; 6 for a short run")
    parser.add_argument(
        "--hours", type=float, default=8.0, help="of each day; the first half hour is not counted"
    )
    parser.add_argument("--loads", default=LOADS)
    parser.add_argument("--centres", default=",".join(CENTRES))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--only", default="gate,table,waits,decision", help="some of gate, table, waits, decision"
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    parts = options.only.split(",")
    print(machine(), flush=True)
    print("Peers are published dispatch rules, re-implemented; not the products.", flush=True)
    if "gate" in parts:
        show_gate(options.seeds)
    if "table" in parts:
        show_table(options)
    if "waits" in parts:
        show_waits(options)
    if "decision" in parts:
        show_decisions()
    show("Rows measured elsewhere", ("row", "what", "where"), ELSEWHERE)
    return 0


def show_gate(seeds: int) -> None:
    show(
        f"The simulator against the textbook, {seeds} days of 8 h: mean, half of its 95 % interval, Erlang",
        ("lambda/h", "AHT", "n", "patience", "figure", "simulated", "+-", "Erlang", ""),
        [
            (*one.setting, one.what, f"{one.simulated.mean:.4g}", f"{one.simulated.half:.2g}",
             f"{one.textbook:.4g}", "within" if one.is_within else "OUTSIDE")
            for one in gate(seeds)
        ],
    )  # fmt: skip


def show_table(options: argparse.Namespace) -> None:
    cells = [
        Cell(centre, float(load))
        for centre in options.centres.split(",")
        for load in options.loads.split(",")
    ]
    verdicts: list[Verdict] = []
    for cell, days in run(cells, options.seeds, options.hours, options.processes):
        show_cell(cell, days)
        verdicts += judge(cell, days)
    for number in dict.fromkeys(one.row.number for one in verdicts):
        show_row([one for one in verdicts if one.row.number == number])
    show_summary(verdicts)


def show_cell(cell: Cell, days: Days) -> None:
    show(
        f"{cell.centre}, load {cell.load}: means of {len(days[OURS])} days",
        ("", *SHOWN),
        [
            (way, *(interval([day[key] for day in figures]).mean for key in SHOWN))
            for way, figures in days.items()
        ],
    )


def show_row(verdicts: Sequence[Verdict]) -> None:
    row = verdicts[0].row
    show(
        f"Row {row.number}. {row.title} (mark: {row.says})",
        ("centre", "load", "ours", "best peer", "its", "difference", "+-", ""),
        [_line(one) for one in verdicts],
    )


def _line(one: Verdict) -> Sequence[Entry]:
    word = {True: "pass", False: "MISS", None: ""}[one.passes]
    return (
        one.cell.centre, one.cell.load, f"{one.ours.mean:.3g}", one.best, f"{one.theirs:.3g}",
        f"{one.difference.mean:+.2f}", f"{one.difference.half:.2f}", word,
    )  # fmt: skip


def show_summary(verdicts: Sequence[Verdict]) -> None:
    counted: dict[tuple[str, str, str], list[bool]] = {}
    for one in verdicts:
        if one.passes is not None:
            counted.setdefault((one.row.number, one.row.title, one.row.says), []).append(one.passes)
    show(
        f"Pass marks over centres and loads ({len(ROWS) + 1} rows; those without a mark are above)",
        ("row", "what", "mark", "held", "of"),
        [(*key, sum(passed), len(passed)) for key, passed in counted.items()],
    )


def show_waits(options: argparse.Namespace) -> None:
    """In the fuller cells only: elsewhere hardly anybody waits long enough to be told."""
    cells = [
        Cell(centre, float(load))
        for centre in options.centres.split(",")
        for load in options.loads.split(",")
        if float(load) >= FULL
    ]
    show(
        "Row 10. What callers were told of their wait (marks: within p75 70 to 80 %, MAE half of app_queue's, grew 0)",
        ("centre", "load", "told", "MAE s", "bias s", "within p75 %", "MAE / app_queue's", "grew %"),
        [(one.centre, one.load, *summary(told_in(one, options.seeds, options.hours))) for one in cells],
    )


def show_decisions() -> None:
    show(
        "Row 14, the matcher's part: one pass from scratch, milliseconds by the clock, and of the processor",
        ("", "passes", "p50", "p99", "max", "CPU p50", "CPU p99", "CPU max"),
        [_hall(hall, passes) for hall, passes in HALLS],
    )


def _hall(hall: Hall, passes: int) -> Sequence[Entry]:
    took = measure(hall, passes)
    return (hall.name, passes, *p50_p99_max(took.wall), *p50_p99_max(took.cpu))


if __name__ == "__main__":
    sys.exit(main())
