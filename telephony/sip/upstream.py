"""Keeps us registered at a trunk that wants it (RFC 3261 section 10.2)."""

import logging
from collections.abc import Callable
from typing import Final

from telephony.sip.build import Draft
from telephony.sip.client_transaction import ClientTransaction
from telephony.sip.digest import pick_challenge
from telephony.sip.errors import BadHeader
from telephony.sip.grammar import read_number
from telephony.sip.headers import read_addresses
from telephony.sip.message import Response
from telephony.sip.timers import Timer
from telephony.sip.transactions import Transactions
from telephony.sip.trunks import Trunk
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

RETRY_S: Final = (2.0, 10.0, 30.0, 60.0, 300.0)  # after the first, second ... failure in a row
REFRESH_AT: Final = 0.5  # of the granted time
MAX_LOGINS: Final = 2
OUT_OF_SERVICE: Final = frozenset({"timeout", "transport", "503"})


class UpstreamRegistration:
    """One registration: asked for, proved, refreshed at half its life, tried again when refused."""

    def __init__(
        self, trunk: Trunk, transactions: Transactions, contact_of: Callable[[Flow, str], str]
    ) -> None:
        """`contact_of(flow, user)` is the Contact URI the trunk is to call."""
        config = trunk.config
        self.trunk = trunk
        self._contact_of = contact_of
        self._transactions = transactions
        self._expires_s = config.expires_s
        self._aor = f"sip:{config.user}@{config.uri_host}"
        self._contact = ""
        self._call_id = transactions.new_token()
        self._tag = transactions.new_token()
        self._cseq = 0
        self._logins = 0
        self._failures = 0
        self._timer: Timer | None = None
        self.is_registered = False

    def start(self) -> None:
        """With the way that is next in turn after a failure (RFC 3263 section 4.3)."""
        ways = self.trunk.ways()
        self._flow = ways[self._failures % len(ways)]
        self._contact = self._contact_of(self._flow, self.trunk.config.user or "")
        self._logins = 0
        self._send("")

    def stop(self) -> None:
        """No more refreshing; the registration runs out by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def _send(self, credentials: str) -> None:
        self._cseq += 1
        extra = f"Contact: <{self._contact}>\r\nExpires: {self._expires_s}\r\n{credentials}"
        draft = Draft(
            "REGISTER", self._registrar_uri, f"<{self._aor}>;tag={self._tag}", f"<{self._aor}>", self._call_id,
            self._cseq, extra=extra,
        )  # fmt: skip
        self._transactions.ask(draft, self._flow, self)

    @property
    def _registrar_uri(self) -> str:
        return f"sip:{self.trunk.config.uri_host}"

    def on_response(self, transaction: ClientTransaction, response: Response, flow: Flow) -> None:
        status = response.status
        if status < 200:
            return
        if status < 300:
            self._registered(response)
        elif status in (401, 407) and self._log_in(response):
            return
        elif status == 423 and self._longer(response):
            self._send("")
        else:
            self._failed(str(status))

    def on_no_response(self, transaction: ClientTransaction, reason: str) -> None:
        self._failed(reason)

    def _registered(self, response: Response) -> None:
        if not self.is_registered:
            log.info("registered at trunk", extra={"trunk": self.trunk.name})
        self.is_registered = True
        self._failures = 0
        self._again_in(max(1.0, float(round(self._granted_s(response) * REFRESH_AT))))

    def _granted_s(self, response: Response) -> int:
        try:
            for contact in read_addresses(response.values("contact")):
                expires = contact.params.get("expires")
                if expires and contact.uri == self._contact:
                    return read_number(expires, 2**31)
            return read_number(response.header("expires") or str(self._expires_s), 2**31)
        except BadHeader:
            return self._expires_s

    def _log_in(self, response: Response) -> bool:
        is_proxy = response.status == 407
        challenge = pick_challenge(
            response.values("proxy-authenticate" if is_proxy else "www-authenticate"), proxy=is_proxy
        )
        self._logins += 1
        if (
            challenge is None
            or self._logins > MAX_LOGINS
            or (self._logins == MAX_LOGINS and not challenge.stale)
        ):
            return False
        line = self.trunk.answer(challenge, "REGISTER", self._registrar_uri)
        if line is not None:
            self._send(line)
        return line is not None

    def _longer(self, response: Response) -> bool:
        try:
            least = read_number(response.header("min-expires") or "", 2**31)
        except BadHeader:
            return False
        is_longer, self._expires_s = least > self._expires_s, max(least, self._expires_s)
        return is_longer

    def _failed(self, why: str) -> None:
        self.is_registered = False
        delay_s = RETRY_S[min(self._failures, len(RETRY_S) - 1)]
        is_next_fresh = self._failures + 1 < len(self.trunk.ways())
        delay_s = 0.0 if is_next_fresh and why in OUT_OF_SERVICE else delay_s
        self._failures += 1
        log.warning(
            "registration at trunk failed", extra={"trunk": self.trunk.name, "why": why, "retry_s": delay_s}
        )
        self._again_in(delay_s)

    def _again_in(self, seconds: float) -> None:
        self.stop()
        self._timer = self._transactions.timers.start(seconds, self.start)
