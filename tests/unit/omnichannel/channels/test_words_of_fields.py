"""Whatever a channel wants to know, its admin is told what it is, in both languages."""

import json
from pathlib import Path
from typing import Final

import pytest

from omnichannel.channels.chat.channel import ChatChannel
from omnichannel.channels.email.channel import EmailChannel
from omnichannel.channels.messenger import Messenger
from omnichannel.channels.twilio_messages import Sms, WhatsAppByTwilio
from omnichannel.channels.webhook import WebhookChannel
from omnichannel.channels.whatsapp import WhatsApp
from omnichannel.channels.zalo import Zalo

pytestmark = pytest.mark.unit

I18N: Final = Path(__file__).parents[4] / "web" / "i18n"
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


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_field_of_every_channel_has_its_words(language: str) -> None:
    known = json.loads((I18N / f"{language}.json").read_text("utf-8"))
    wanted = {
        f"channel.{one.kind}{end}" for one in CHANNELS for end in ("", ".about", ".address", ".address.help")
    }
    wanted |= {
        f"channel.{one.kind}.{field.name}{end}"
        for one in CHANNELS
        for field in one.fields
        for end in ("", ".help")
    }
    assert wanted <= known.keys()
