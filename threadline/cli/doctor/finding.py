"""What an examination says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "OK"
    WARN = "WARN"  # works, with something missing
    FAIL = "FAIL"  # the server can't do its work


@dataclass(frozen=True, slots=True)
class Finding:
    """`fact` says what was seen, `mend` what to do about it."""

    verdict: Verdict
    fact: str
    mend: str = ""


def ok(fact: str) -> Finding:
    return Finding(Verdict.OK, fact)


def warn(fact: str, mend: str) -> Finding:
    return Finding(Verdict.WARN, fact, mend)


def fail(fact: str, mend: str) -> Finding:
    return Finding(Verdict.FAIL, fact, mend)
