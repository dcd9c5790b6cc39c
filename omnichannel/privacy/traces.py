"""By what a person is recognised in raw data: each identity as it is stored, as it came, and as people write it. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SHORTEST: Final = 6  # characters; what is shorter stands in half of everything
NATIONAL: Final = 9  # digits of a number behind its country's code


@dataclass(frozen=True, slots=True)
class Known:
    """One row of what a contact is known by; `raw` as it came."""

    kind: str
    value: str
    raw: str | None


def senders(known: Iterable[Known]) -> list[str]:
    """What inbound events name as their sender."""
    return sorted({text for one in known for text in (one.value, one.raw) if text})


def traces(known: Iterable[Known]) -> list[str]:
    """Texts to look for within raw data, in plain form and as JSON escapes them."""
    found: set[str] = set()
    for one in known:
        found |= {text for text in (one.value, one.raw) if text}
        if one.kind == "phone":
            digits = "".join(char for char in one.value if char.isdigit())
            found |= {digits, "0" + digits[-NATIONAL:]} if len(digits) > NATIONAL else {digits}
    long = {text for text in found if len(text) >= SHORTEST}
    return sorted(long | {json.dumps(text)[1:-1] for text in long})
