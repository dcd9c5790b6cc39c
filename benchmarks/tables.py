"""Plain tables: a title, what the columns mean, right-aligned figures."""

import statistics
from collections.abc import Sequence
from typing import TypeAlias

Cell: TypeAlias = str | int | float | None


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Prints and flushes, so that a long run shows what it has."""
    texts = [list(headings), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(headings))]
    print(f"\n{title}")
    for row in texts:
        line = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print(f"  {line}".rstrip(), flush=True)


def p50_p99_max(values: Sequence[float]) -> tuple[float, float, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98], max(values)


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell) < 100 else f"{cell:.0f}"
    return str(cell)
