"""The generic signed webhook: nothing unsigned, altered or old comes in, and its window never closes."""

from datetime import timedelta

from omnichannel.channels.port import Known, Opening
from omnichannel.channels.webhook import WebhookChannel, signed
from tests.contract.channels.case import NOON, ChannelCase, endpoint, hook
from tests.support.touchpoint import SECRET

BODY = b'{"events":[{"id":"m-1","type":"message","at":"2026-11-26T05:00:00Z","customer":{"id":"c-1"},"text":"hi"}]}'

CASES = (
    ChannelCase(
        "webhook",
        lambda outside, clock, secrets: WebhookChannel(outside),
        endpoint("webhook", "till", {"url": "https://till.example.vn/in"}, {"secret": SECRET}),
        Known("external", "c-1", "till"),
        forged=(
            hook(BODY, {}),
            hook(BODY + b" ", signed(SECRET, BODY, NOON)),
            hook(BODY, signed("another-secret-of-32-characters-and-more", BODY, NOON)),
            hook(BODY, signed(SECRET, BODY, NOON - timedelta(minutes=6))),
        ),
        windows=((None, Opening.OPEN), (timedelta(days=400), Opening.OPEN)),
    ),
)
