"""What an operator counts of calls by Twilio."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class Figures(Collector):
    """`refused_streams`: sockets without a token that is good for one. `unreadable`: deliveries that name no call."""

    def __init__(self) -> None:
        self.calls = 0
        self.placed = 0
        self.spent = 0.0
        self.streams = 0
        self.refused_streams = 0
        self.forged = 0
        self.replayed = 0
        self.unreadable = 0

    def collect(self) -> Iterator[Metric]:
        """One counter a field."""
        for name, what in _MEANINGS.items():
            yield CounterMetricFamily(f"threadline_twilio_{name}", what, value=getattr(self, name))


_MEANINGS = {
    "calls": "Calls that came by Twilio.",
    "placed": "Calls that Twilio was asked to make.",
    "spent": "What Twilio charged for calls, in the account's currency.",
    "streams": "Media streams that were opened; more than calls where they broke.",
    "refused_streams": "Media streams without a token that is good for one.",
    "forged": "Deliveries whose signature is wrong.",
    "replayed": "Deliveries that repeat one of a call that is over.",
    "unreadable": "Deliveries that name no call of the account.",
}
