"""The table of transactions (RFC 3261 section 17): matching and retransmission, and nothing above them.

A finished transaction keeps its key, its flow and its last bytes; never the parsed request. All timers are
multiples of T1 in the shared queues; over reliable transports the wait states last no time.
"""

from collections.abc import Callable

from telephony.sip.build import Draft, via_line
from telephony.sip.client_transaction import Asker, ClientTransaction
from telephony.sip.message import Request, Response
from telephony.sip.server_transaction import Key, ServerTransaction, key_of
from telephony.sip.states import State
from telephony.sip.timers import Timers
from telephony.sip.wire import Flow


class Transactions:
    """Both kinds. `sent_by` is what our Via says of us on a flow; `new_token` gives a random unique word."""

    def __init__(
        self,
        timers: Timers,
        send: Callable[[Flow, bytes], None],
        sent_by: Callable[[Flow], tuple[str, int]],
        new_token: Callable[[], str],
    ) -> None:
        self.timers = timers
        self.send = send
        self.new_token = new_token
        self.sent_by = sent_by
        self._servers: dict[Key, ServerTransaction] = {}
        self._merging: dict[Key, ServerTransaction] = {}
        self._clients: dict[tuple[str, str], ClientTransaction] = {}

    def via(self, flow: Flow, branch: str) -> str:
        return via_line(flow, *self.sent_by(flow), branch)

    def absorb(self, request: Request) -> bool:
        """True when the request belongs to a transaction that is there already, and was dealt with."""
        if request.method == "ACK":
            known = self._servers.get(key_of(request, "INVITE"))
            if known is None or known.state is State.ACCEPTED:
                return False  # the ACK of a 2xx is the dialog's
            known.acknowledged()
            return True
        known = self._servers.get(key_of(request, request.method))
        if known is None:
            return False
        known.resend()
        return True

    def cancelled_by(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE transaction a CANCEL means."""
        return self._servers.get(key_of(cancel, "INVITE"))

    def is_merged(self, request: Request) -> bool:
        """The same INVITE came by another path and is still being worked on (section 8.2.2.2)."""
        return _merge_key(request) in self._merging

    def serve(self, request: Request, flow: Flow) -> ServerTransaction:
        """Opens the transaction of a new request; an INVITE is answered 100 at once."""
        transaction = ServerTransaction(self, request, flow)
        self._servers[transaction.key] = transaction
        if request.method == "INVITE":
            if not request.to.tag:
                transaction.merge_key = _merge_key(request)
                self._merging[transaction.merge_key] = transaction
            transaction.respond(100)
        return transaction

    def ask(self, draft: Draft, flow: Flow, asker: Asker) -> ClientTransaction:
        """Sends a request (not ACK) and sees to its retransmission."""
        transaction = ClientTransaction(self, draft, flow, asker)
        self._clients[(transaction.branch, draft.method)] = transaction
        transaction.start()
        return transaction

    def cancel(self, invite: ClientTransaction, asker: Asker, extra: str) -> None:
        """Sends the CANCEL of an INVITE that has had a provisional response."""
        draft = invite.draft.companion("CANCEL", extra=extra)
        transaction = ClientTransaction(self, draft, invite.flow, asker)
        transaction.branch = invite.branch
        transaction._data = draft.render(invite.companion_via())
        self._clients[(transaction.branch, "CANCEL")] = transaction
        transaction.start()
        invite.give_up_later()

    def response(self, response: Response, flow: Flow) -> None:
        """Hands a response to the request it answers; strays are dropped."""
        known = self._clients.get((response.via.branch, response.method))
        if known is not None and known.draft.call_id == response.call_id:
            known.received(response, flow)

    def flow_lost(self, flow: Flow) -> None:
        """A stream broke or could not be opened: its open requests have failed."""
        for transaction in [one for one in self._clients.values() if one.flow == flow]:
            transaction.fail("transport")

    def unmerge(self, transaction: ServerTransaction) -> None:
        if transaction.merge_key is not None and transaction.state is not State.ACCEPTED:
            self._merging.pop(transaction.merge_key, None)
            transaction.merge_key = None

    def forget_server(self, transaction: ServerTransaction) -> None:
        self._servers.pop(transaction.key, None)
        self.unmerge(transaction)

    def forget_client(self, transaction: ClientTransaction) -> None:
        self._clients.pop((transaction.branch, transaction.draft.method), None)

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)


def _merge_key(request: Request) -> Key:
    return (request.call_id, str(request.cseq), request.from_.tag)
