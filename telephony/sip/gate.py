"""Who sent this request? Challenges without state; only a live nonce of ours is worth an account lookup."""

import logging
from collections.abc import Callable
from typing import Final

from telephony.sip.accounts import SipAccount
from telephony.sip.build import echo_of, render_response, reply_flow
from telephony.sip.defence import Defence
from telephony.sip.digest import Claim, Doorkeeper, Verdict
from telephony.sip.message import Request
from telephony.sip.server_transaction import ServerTransaction
from telephony.sip.trunks import Trunk
from telephony.sip.wire import Flow, Wire
from threadline.kernel.clock import Clock

log = logging.getLogger(__name__)

LOOKUP_LIMIT_S: Final = 10.0  # a book that does not answer must not keep transactions for ever


class Gate:
    """Authenticates requests by digest (401: simple phones understand no 407 from the called party)."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        wire: Wire,
        clock: Clock,
        tag_of: Callable[[Request], str],
        defence: Defence,
    ) -> None:
        self._doorkeeper = doorkeeper
        self._wire = wire
        self._clock = clock
        self._tag_of = tag_of
        self._defence = defence

    def claim(self, request: Request, flow: Flow) -> Claim | Verdict | None:
        """The credentials of a request that are worth checking. Raises BadHeader."""
        values = request.values("authorization")
        if not values:
            return None
        asked = (request.method, _agent_of(request))
        return self._doorkeeper.claim(values, asked, flow.host, self._unix_now())

    def challenge(self, request: Request, flow: Flow, *, stale: bool = False) -> None:
        """Answers 401 and keeps nothing; the same words whoever asks."""
        lines = self._doorkeeper.challenge(flow.host, self._unix_now(), _agent_of(request), stale=stale)
        data = render_response(401, "", echo_of(request, flow), self._tag_of(request), lines)
        self._wire.send(reply_flow(request, flow), data)

    def admit_account(
        self, claim: Claim, transaction: ServerTransaction, then: Callable[[SipAccount], None]
    ) -> None:
        """Looks the account up, and calls `then` when the proof is right; else answers 401."""

        limit = transaction.unless_stopped(LOOKUP_LIMIT_S, lambda: _no_answer(transaction))

        def check(account: SipAccount | None) -> None:
            limit.cancel()
            self._decide(claim, account, transaction, then)

        self._wire.look_up(claim.username, check)

    def admit_trunk(
        self, claim: Claim, trunk: Trunk, transaction: ServerTransaction, then: Callable[[SipAccount], None]
    ) -> None:
        """The optional digest of a trunk; its user is not in the account book."""
        self._decide(claim, trunk.config.inbound_account(self._doorkeeper.realm), transaction, then)

    def _decide(
        self,
        claim: Claim,
        account: SipAccount | None,
        transaction: ServerTransaction,
        then: Callable[[SipAccount], None],
    ) -> None:
        if transaction.is_answered:
            return  # cancelled while we looked
        verdict = self._doorkeeper.check(claim, account)
        self._remember(verdict, transaction)
        if verdict is Verdict.GOOD and account is not None:
            then(account)
            return
        lines = self._doorkeeper.challenge(
            transaction.source.host, self._unix_now(), claim.agent, stale=verdict is Verdict.STALE
        )
        transaction.respond(401, extra=lines)

    def _remember(self, verdict: Verdict, transaction: ServerTransaction) -> None:
        """Guessing gets an address banned; a password that is right makes it known. Stale says neither."""
        host, now = transaction.source.host, transaction.now
        if verdict is Verdict.GOOD:
            self._defence.proof_given(host, now)
        elif verdict is Verdict.WRONG and (ban := self._defence.proof_failed(host, now)) is not None:
            lasts_s = round(ban.until - ban.since)
            log.warning("address banned", extra={"pii.address": ban.address, "lasts_s": lasts_s})

    def _unix_now(self) -> float:
        return self._clock.now().timestamp()


def _no_answer(transaction: ServerTransaction) -> None:
    if not transaction.is_answered:
        transaction.respond(503, extra="Retry-After: 30\r\n")


def _agent_of(request: Request) -> str:
    return request.header("user-agent") or ""
