"""Loads `queries.sql` files: one named statement after another.

-- name: claim_longest_waiting
-- Locks the oldest waiting call these skills may take; skips rows held by other workers.
select ...
"""

from dataclasses import dataclass
from pathlib import Path

_MARK = "-- name: "


class QueriesBroken(ValueError):
    """A queries.sql file does not follow its form."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement, its name and the sentence that says what it is for."""

    name: str
    purpose: str
    sql: str


def load_queries(path: Path) -> dict[str, str]:
    """The statements of a file, by name. Raises QueriesBroken on a missing purpose or a doubled name."""
    return {query.name: query.sql for query in parse_queries(path.read_text("utf-8"), str(path))}


def parse_queries(text: str, where: str) -> list[Query]:
    """Splits the text of a queries file. `where` names it in errors."""
    found: list[Query] = []
    for block in text.split(_MARK)[1:]:
        name, _, rest = block.partition("\n")
        lines = rest.splitlines()
        purpose: list[str] = []
        while lines and lines[0].startswith("--"):
            purpose.append(lines.pop(0)[2:].strip())
        sql = "\n".join(lines).strip().rstrip(";")
        if not purpose or not sql:
            raise QueriesBroken(f"{where}: {name.strip()} needs a purpose line and a statement")
        found.append(Query(name.strip(), " ".join(purpose), sql))
    names = [query.name for query in found]
    if len(set(names)) != len(names):
        raise QueriesBroken(f"{where}: a name stands twice")
    return found
