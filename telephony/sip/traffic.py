"""Counts of what passed the SIP port, by method and code: told apart by the first bytes, unknown words as one."""

from collections import Counter
from typing import Final

METHODS: Final = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY",
    "SUBSCRIBE", "MESSAGE", "PUBLISH",
)  # fmt: skip
OTHER: Final = "other"
_METHODS: Final = {method.encode(): method for method in METHODS}
_CODES: Final = {str(code).encode(): str(code) for code in range(100, 700)}


class Traffic:
    """Four tables of bounded size: requests by method, responses by code, each way."""

    def __init__(self) -> None:
        self.requests_in: Counter[str] = Counter()
        self.requests_out: Counter[str] = Counter()
        self.responses_in: Counter[str] = Counter()
        self.responses_out: Counter[str] = Counter()

    def received(self, data: bytes) -> None:
        _count(data, self.requests_in, self.responses_in)

    def sent(self, data: bytes) -> None:
        _count(data, self.requests_out, self.responses_out)


def _count(data: bytes, requests: Counter[str], responses: Counter[str]) -> None:
    if data[:8] == b"SIP/2.0 ":
        responses[code_of(data)] += 1
    else:
        requests[method_of(data)] += 1


def method_of(data: bytes) -> str:
    """`INVITE`, or `other` for a word we do not know."""
    return _METHODS.get(data[: data.find(b" ", 0, 16)], OTHER)


def code_of(data: bytes) -> str:
    return _CODES.get(data[8:11], OTHER)
