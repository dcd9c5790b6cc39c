"""Every channel has its name, each of its fields a label and a line of help, and no label is left over.

In English here; that the other language has the same keys is test_catalogues.py's.
"""

import re
from typing import Final

import pytest

from omnichannel.channels.chat.channel import ChatChannel
from omnichannel.channels.email.channel import EmailChannel
from omnichannel.channels.messenger import Messenger
from omnichannel.channels.twilio_messages import Sms, WhatsAppByTwilio
from omnichannel.channels.webhook import WebhookChannel
from omnichannel.channels.whatsapp import WhatsApp
from omnichannel.channels.zalo import Zalo
from tests.unit.web.test_catalogues import ENGLISH

pytestmark = pytest.mark.unit

CHANNELS: Final = (
    ChatChannel,
    EmailChannel,
    Messenger,
    Sms,
    WebhookChannel,
    WhatsApp,
    WhatsAppByTwilio,
    Zalo,
)
BESIDE: Final = {"about", "address", "address.help"}


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.kind)
def test_a_channel_has_its_name_and_a_label_and_help_for_each_field_and_no_more(
    channel: type[ChatChannel],
) -> None:
    expected = {f"{field.name}{end}" for field in channel.fields for end in ("", ".help")} | BESIDE
    assert f"channel.{channel.kind}" in ENGLISH
    prefix = f"channel.{channel.kind}."
    assert {key.removeprefix(prefix) for key in ENGLISH if key.startswith(prefix)} == expected


def test_no_label_is_for_a_channel_that_does_not_exist() -> None:
    kinds = {match[1] for key in ENGLISH if (match := re.fullmatch(r"channel\.(\w+)\..+", key))}
    assert kinds == {channel.kind for channel in CHANNELS}
