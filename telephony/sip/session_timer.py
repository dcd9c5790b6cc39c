"""Session timers (RFC 4028): how long a call may stand without a sign of life, and who gives that sign."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telephony.sip.errors import BadHeader, TooBrief
from telephony.sip.grammar import read_number, read_params, unfold
from telephony.sip.headers import read_tokens
from telephony.sip.message import Message, Request, Response
from telephony.sip.timers import Timer, Timers

MIN_SE_S: Final = 90  # section 4: no less is to be asked for
INTERVAL_S: Final = 1800
LONGEST_S: Final = 86_400  # what we let a peer's Min-SE raise our interval to
FAREWELL_S: Final = 32.0
RETRY_S: Final = 30.0
LIMIT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides agreed on. `we_refresh`: the sign of life is ours to give."""

    interval_s: int
    we_refresh: bool


def as_server(request: Request) -> Terms | None:
    """The terms of our 2xx to an INVITE or UPDATE; None: the session has no timer.

    A peer that knows timers but asks for none gets ours. Raises TooBrief (422) and BadHeader (400).
    """
    wish = _read_expires(request)
    knows = knows_timers(request)
    if wish is None:
        return Terms(max(INTERVAL_S, min(_read_min(request), LONGEST_S)), we_refresh=True) if knows else None
    interval_s, refresher = wish
    if interval_s < MIN_SE_S:
        raise TooBrief
    return Terms(interval_s, we_refresh=not knows or refresher != "uac")


def as_client(response: Response) -> Terms | None:
    """The terms a 2xx to our INVITE or UPDATE sets. What can't be read sets none."""
    try:
        found = _read_expires(response)
    except BadHeader:
        return None
    return Terms(max(found[0], 1), we_refresh=found[1] != "uas") if found else None


def knows_timers(message: Message) -> bool:
    return "timer" in read_tokens([*message.values("supported"), *message.values("require")])


def answer_lines(terms: Terms | None, request: Request) -> str:
    """What our 2xx to `request` says of the terms."""
    if terms is None:
        return ""
    required = "Require: timer\r\n" if knows_timers(request) else ""
    return (
        f"{required}Session-Expires: {terms.interval_s};refresher={'uas' if terms.we_refresh else 'uac'}\r\n"
    )


def asking_lines(interval_s: int, terms: Terms | None = None) -> str:
    """What our INVITE or UPDATE asks for; within a dialog the roles stay as `terms` has them."""
    role = "" if terms is None else f";refresher={'uac' if terms.we_refresh else 'uas'}"
    least = interval_s if interval_s > INTERVAL_S else MIN_SE_S
    return f"Session-Expires: {interval_s}{role}\r\nMin-SE: {least}\r\n"


def interval_after(refusal: Response, interval_s: int) -> int | None:
    """The interval a 422 leaves us; None when it asks for nothing more than we offered."""
    try:
        least = _read_min(refusal)
    except BadHeader:
        return None
    return least if interval_s < least <= LONGEST_S else None


def _read_expires(message: Message) -> tuple[int, str | None] | None:
    value = message.header("session-expires")
    if value is None:
        return None
    seconds, semicolon, rest = value.partition(";")
    refresher = read_params(";" + rest).get("refresher") if semicolon else None
    return read_number(seconds, LIMIT), refresher.lower() if refresher else None


def _read_min(message: Message) -> int:
    values = message.values("min-se")
    return read_number(unfold(values[0]).partition(";")[0], LIMIT) if values else MIN_SE_S


def _nobody() -> None:
    """Whom a closed timer calls."""


class SessionTimer:
    """The clock of one session. `refresh` is called at half the interval where that is ours to do, `expire`
    a little before the end (section 10) when nothing was agreed anew."""

    __slots__ = ("_expire", "_expiry", "_half", "_refresh", "_timers", "interval_s", "terms")

    def __init__(self, timers: Timers, refresh: Callable[[], None], expire: Callable[[], None]) -> None:
        self._timers = timers
        self._refresh = refresh
        self._expire = expire
        self._half: Timer | None = None
        self._expiry: Timer | None = None
        self.terms: Terms | None = None
        self.interval_s = INTERVAL_S  # what we ask for next

    def agree(self, terms: Terms | None) -> None:
        """A 2xx was sent or received: the interval begins anew, on these terms."""
        self.stop()
        self.terms = terms
        if terms is None:
            return
        self.interval_s = terms.interval_s
        if terms.we_refresh:
            self._half = self._timers.start(terms.interval_s / 2, self._refresh)
        last_s = terms.interval_s - min(FAREWELL_S, terms.interval_s / 3)
        self._expiry = self._timers.start(last_s, self._expire)

    def refresh_later(self) -> None:
        """Our sign of life was refused: once more before the end, if there is time."""
        if self.terms is not None and self.terms.we_refresh and self._expiry is not None:
            if self._half is not None:
                self._half.cancel()
            self._half = self._timers.start(RETRY_S, self._refresh)

    def close(self) -> None:
        """The session is over; the timer forgets whose it was."""
        self.stop()
        self._refresh = self._expire = _nobody

    def stop(self) -> None:
        for timer in (self._half, self._expiry):
            if timer is not None:
                timer.cancel()
        self._half = self._expiry = None
