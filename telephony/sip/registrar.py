"""The registrar (RFC 3261 section 10.3): where each account's phones are. Pure; the caller owns the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from telephony.sip.accounts import Binding
from telephony.sip.errors import BadHeader
from telephony.sip.grammar import read_number
from telephony.sip.headers import NameAddr, read_addresses
from telephony.sip.message import Request
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.uri import SIP_SCHEMES, scheme_of
from telephony.sip.wire import SECURE, Flow

MIN_EXPIRES_S: Final = 60
MAX_EXPIRES_S: Final = 3600
MAX_BINDINGS: Final = 10


@dataclass(slots=True)
class Outcome:
    """What to answer, and what to write down."""

    status: int = 200
    extra: str = ""
    keep: list[Binding] = field(default_factory=list)
    drop: list[Binding] = field(default_factory=list)


class Registrar:
    """All bindings in memory; the book behind it only has to survive restarts."""

    def __init__(self) -> None:
        self._accounts: dict[str, dict[str, Binding]] = {}
        self._by_source: dict[str, str] = {}
        self.srtp: dict[str, SrtpPolicy] = {}  # of accounts with phones, as their last REGISTER found it

    def load(self, bindings: Iterable[Binding]) -> None:
        """Bindings from before a restart. Streams did not survive it."""
        for binding in bindings:
            if binding.transport == "udp":
                self._put(binding)

    def bindings(self, username: str, now: datetime) -> list[Binding]:
        """Where to ring, the preferred first; expired ones are forgotten on the way."""
        found = self._accounts.get(username)
        if not found:
            return []
        for binding in [one for one in found.values() if one.expires_at <= now]:
            self._remove(binding)
        return sorted(found.values(), key=lambda one: (-one.q, one.contact))

    def phones(self, username: str, now: datetime) -> list[Binding]:
        """Those that may ring: where SRTP is required only the ones whose signalling is secret."""
        found = self.bindings(username, now)
        if self.srtp.get(username) != "required":
            return found
        return [one for one in found if one.transport in SECURE]

    def everybody(self, now: datetime) -> list[Binding]:
        """Every phone there is, by account."""
        return [binding for username in sorted(self._accounts) for binding in self.bindings(username, now)]

    def account_at(self, flow: Flow) -> str | None:
        """The account whose phone registered from exactly there."""
        return self._by_source.get(f"{flow.transport}:{flow}")

    def flow_lost(self, flow: Flow) -> list[Binding]:
        """Bindings that lived on a broken stream, now removed."""
        username = self.account_at(flow)
        lost = [
            one
            for one in self._accounts.get(username or "", {}).values()
            if one.transport == flow.transport and one.source == str(flow)
        ]
        for binding in lost:
            self._remove(binding)
        return lost

    def register(self, username: str, request: Request, flow: Flow, now: datetime) -> Outcome:
        """Applies an authenticated REGISTER of `username`; all of it or nothing."""
        values = request.values("contact")
        try:
            if values == ["*"]:
                outcome = self._drop_all(username, request, now)
            else:
                outcome = self._update(username, request, read_addresses(values), flow, now)
        except BadHeader:
            return Outcome(400)
        for binding in outcome.drop:
            self._remove(binding)
        for binding in outcome.keep:
            self._put(binding)
        if outcome.status == 200:
            outcome.extra = self._listing(username, now)
        return outcome

    def _drop_all(self, username: str, request: Request, now: datetime) -> Outcome:
        if read_number(request.header("expires") or "", 2**32 - 1) != 0:
            raise BadHeader("* needs Expires: 0")
        mine = self.bindings(username, now)
        if any(_is_older(request, binding) for binding in mine):
            return Outcome(500)
        return Outcome(drop=mine)

    def _update(
        self, username: str, request: Request, contacts: list[NameAddr], flow: Flow, now: datetime
    ) -> Outcome:
        outcome = Outcome()
        known = {binding.contact: binding for binding in self.bindings(username, now)}
        for contact in contacts:
            if scheme_of(contact.uri) not in SIP_SCHEMES:
                raise BadHeader("only SIP phones can register")
            seconds = _expires(request, contact)
            before = known.get(contact.uri)
            if before is not None and _is_older(request, before):
                return Outcome(500)
            if seconds == 0:
                outcome.drop += [before] if before is not None else []
            elif seconds < MIN_EXPIRES_S:
                return Outcome(423, f"Min-Expires: {MIN_EXPIRES_S}\r\n")
            else:
                outcome.keep.append(
                    Binding(
                        username,
                        contact.uri,
                        flow.transport,
                        str(flow),
                        request.call_id,
                        request.cseq,
                        _q(contact),
                        request.header("user-agent"),
                        now + timedelta(seconds=min(seconds, MAX_EXPIRES_S)),
                    )
                )
        return self._bounded(outcome, known)

    @staticmethod
    def _bounded(outcome: Outcome, known: dict[str, Binding]) -> Outcome:
        """An account has so many phones; the binding that would expire first makes room."""
        if len(outcome.keep) > MAX_BINDINGS:
            raise BadHeader("too many contacts")
        new = {binding.contact for binding in outcome.keep}
        gone = {binding.contact for binding in outcome.drop}
        rest = sorted(
            (one for one in known.values() if one.contact not in new | gone), key=lambda one: one.expires_at
        )
        outcome.drop += rest[: max(0, len(rest) + len(new) - MAX_BINDINGS)]
        return outcome

    def _listing(self, username: str, now: datetime) -> str:
        lines = [
            f"Contact: <{binding.contact}>;expires={max(1, round((binding.expires_at - now).total_seconds()))}\r\n"
            for binding in self.bindings(username, now)
        ]
        return "".join(lines)

    def _put(self, binding: Binding) -> None:
        mine = self._accounts.setdefault(binding.username, {})
        before = mine.get(binding.contact)
        if before is not None:
            self._remove(before)
        self._accounts.setdefault(binding.username, {})[binding.contact] = binding
        self._by_source[f"{binding.transport}:{binding.source}"] = binding.username

    def _remove(self, binding: Binding) -> None:
        mine = self._accounts.get(binding.username, {})
        mine.pop(binding.contact, None)
        if not any(one.source == binding.source for one in mine.values()):
            self._by_source.pop(f"{binding.transport}:{binding.source}", None)


def _is_older(request: Request, binding: Binding) -> bool:
    return binding.call_id == request.call_id and request.cseq <= binding.cseq


def _expires(request: Request, contact: NameAddr) -> int:
    text = contact.params.get("expires") or request.header("expires")
    if text is None:
        return MAX_EXPIRES_S
    try:
        return read_number(text, 2**32 - 1)
    except BadHeader:
        return MAX_EXPIRES_S  # section 20.19: malformed means 3600


def _q(contact: NameAddr) -> float:
    text = contact.params.get("q") or "1"
    whole, _, tenths = text.partition(".")
    if (
        whole not in ("0", "1", "")
        or len(tenths) > 3
        or (tenths and not (tenths.isascii() and tenths.isdigit()))
    ):
        return 1.0
    return min(1.0, float(f"{whole or 0}.{tenths or 0}"))
