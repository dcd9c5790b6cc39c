"""What each provider is asked, to the letter, and how files come back from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from omnichannel.channels.messenger import Messenger
from omnichannel.channels.outside import Outside, is_at
from omnichannel.channels.port import Endpoint, Known, Remedy, SendFailed
from omnichannel.channels.twilio_messages import Sms
from omnichannel.channels.whatsapp import WhatsApp
from omnichannel.channels.zalo import Zalo
from tests.contract.channels import case_messenger, case_twilio, case_whatsapp, case_zalo
from tests.contract.channels.case import HOOK_URL, NOON, SecretsInMemory, outgoing, picture
from tests.support.fake_meta import PAGE, FakeMeta
from tests.support.fake_twilio.messages import ACCOUNT, FakeTwilioMessages
from tests.support.fake_zalo import FakeZalo
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import Refused
from threadline.kernel.events import Json

pytestmark = pytest.mark.contract
LATE = NOON - timedelta(days=3)
VALUES: Json = {"name": "nhac_lich", "language": "vi", "values": {"ten": "Lan"}}


@asynccontextmanager
async def messenger(**config: str) -> AsyncIterator[tuple[Messenger, Endpoint, FakeMeta]]:
    async with FakeMeta() as meta, Outside() as outside:
        ours = case_messenger.CASES[0].at(meta.base_url)
        ours = replace(ours, config={**ours.config, **config})
        yield Messenger(outside, VirtualClock(NOON)), ours, meta


@asynccontextmanager
async def whatsapp() -> AsyncIterator[tuple[WhatsApp, Endpoint, FakeMeta]]:
    async with FakeMeta() as meta, Outside() as outside:
        meta.speaks = "whatsapp"
        yield WhatsApp(outside, VirtualClock(NOON)), case_whatsapp.CASES[0].at(meta.base_url), meta


@asynccontextmanager
async def zalo() -> AsyncIterator[tuple[Zalo, Endpoint, FakeZalo, SecretsInMemory]]:
    async with FakeZalo() as fake, Outside() as outside:
        secrets = SecretsInMemory()
        channel = Zalo(outside, VirtualClock(NOON), secrets)
        yield channel, case_zalo.CASES[0].at(fake.base_url), fake, secrets


@asynccontextmanager
async def sms(**config: str) -> AsyncIterator[tuple[Sms, Endpoint, FakeTwilioMessages]]:
    async with FakeTwilioMessages() as fake, Outside() as outside:
        ours = case_twilio.CASES[0].at(fake.base_url)
        yield Sms(outside, VirtualClock(NOON)), replace(ours, config={**ours.config, **config}), fake


def without_id(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != "id"}


# --- Messenger ---------------------------------------------------------------------------------------


async def test_messenger_answers_within_a_day_without_a_tag() -> None:
    async with messenger(human_agent="yes") as (channel, ours, meta):
        await channel.send(ours, outgoing(case_messenger.LAN, "Dạ"))
        assert [without_id(one) for one in meta.sent] == [{
            "recipient": {"id": "PSID1"}, "messaging_type": "RESPONSE",
            "message": {"text": "Dạ", "metadata": "our-key-1"},
        }]  # fmt: skip


async def test_messenger_tags_what_a_person_writes_later_and_nothing_else() -> None:
    async with messenger(human_agent="yes") as (channel, ours, meta):
        await channel.send(ours, outgoing(case_messenger.LAN, last_inbound=LATE))
        assert (meta.sent[0]["messaging_type"], meta.sent[0]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
        with pytest.raises(SendFailed) as failed:
            await channel.send(ours, outgoing(case_messenger.LAN, last_inbound=LATE, by="machine"))
        assert failed.value.remedy is Remedy.WINDOW
        assert len(meta.sent) == 1


async def test_messenger_sends_files_and_text_apart_each_with_our_key(tmp_path: Path) -> None:
    async with messenger() as (channel, ours, meta):
        sent = await channel.send(ours, outgoing(case_messenger.LAN, files=[picture(tmp_path)]))
        assert [one["message"]["metadata"] for one in meta.sent] == ["our-key-1"] * 2
        assert meta.sent[0]["message"]["attachment"]["type"] == "image"
        assert sent.meta == {"keys": [one["id"] for one in meta.sent]}


async def test_half_a_message_is_never_tried_again_as_a_whole(tmp_path: Path) -> None:
    async with messenger() as (channel, ours, meta):
        meta.fail_next("500")
        with pytest.raises(SendFailed) as first:
            await channel.send(ours, outgoing(case_messenger.LAN, files=[picture(tmp_path)] * 2))
        assert first.value.remedy is Remedy.RETRY

        async def fail_the_second() -> None:
            while not meta.sent:
                await asyncio.sleep(0)
            meta.fail_next("500")

        two = outgoing(case_messenger.LAN, files=[picture(tmp_path)] * 2)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail_the_second(), name="fault")
            with pytest.raises(SendFailed) as second:
                await channel.send(ours, two)
        assert (second.value.remedy, second.value.code) == (Remedy.GIVE_UP, "partial")


async def test_a_comment_is_answered_in_public_or_by_a_message() -> None:
    async with messenger() as (channel, ours, meta):
        asked = outgoing(case_messenger.COMMENTER, "Dạ còn", meta={"comment": "P_C1"}, last_inbound=None)
        public = await channel.send(ours, asked)
        private = await channel.send(ours, replace(asked, template={"name": "private_reply"}))
        assert without_id(meta.sent[0]) == {"under": "P_C1", "message": "Dạ còn"}
        assert meta.sent[1]["recipient"] == {"comment_id": "P_C1"}
        assert public.key == meta.sent[0]["id"]
        assert private.meta["also"] == [{"kind": "fb_psid", "value": "psid-of-P_C1", "scope": PAGE}]
        with pytest.raises(SendFailed):
            await channel.send(ours, replace(asked, meta={}))


async def test_meta_tells_a_customers_name() -> None:
    async with messenger() as (channel, ours, _):
        profile = await channel.profile(ours, case_messenger.LAN)
        assert profile is not None
        assert profile.display == "Lan Tran"
        assert await channel.profile(ours, case_messenger.COMMENTER) is None


# --- WhatsApp ----------------------------------------------------------------------------------------


async def test_whatsapp_writes_to_a_number_or_to_a_scoped_id() -> None:
    async with whatsapp() as (channel, ours, meta):
        await channel.send(ours, outgoing(case_whatsapp.PHONE, reply_to="w1"))
        await channel.send(ours, outgoing(case_whatsapp.BSUID))
        assert (meta.sent[0]["to"], meta.sent[0]["context"]) == ("84901234567", {"message_id": "w1"})
        assert meta.sent[1]["recipient"] == case_whatsapp.BSUID.value
        assert "to" not in meta.sent[1]


async def test_whatsapp_takes_a_template_after_the_window() -> None:
    async with whatsapp() as (channel, ours, meta):
        await channel.send(ours, outgoing(case_whatsapp.PHONE, "", last_inbound=None, template=VALUES))
        assert meta.sent[0]["template"] == {
            "name": "nhac_lich", "language": {"code": "vi"},
            "components": [{
                "type": "body", "parameters": [{"type": "text", "parameter_name": "ten", "text": "Lan"}],
            }],
        }  # fmt: skip


async def test_whatsapp_writes_a_short_text_under_its_picture(tmp_path: Path) -> None:
    async with whatsapp() as (channel, ours, meta):
        await channel.send(ours, outgoing(case_whatsapp.PHONE, "đây", files=[picture(tmp_path)]))
        await channel.send(ours, outgoing(case_whatsapp.PHONE, "đây", files=[picture(tmp_path, "audio/ogg")]))
        kinds = [one["type"] for one in meta.sent]
        assert kinds == ["image", "audio", "text"]
        assert meta.sent[0]["image"]["caption"] == "đây"


async def test_whatsapps_media_are_fetched_in_two_steps_with_the_token() -> None:
    async with whatsapp() as (channel, ours, meta):
        fetched = await channel.download(ours, f"{meta.base_url}/v25.0/media-4", 1000)
        assert (fetched.data[:2], fetched.mime) == (b"\xff\xd8", "image/jpeg")
        with pytest.raises(Refused):
            await channel.download(ours, f"{meta.base_url}/v25.0/media-4", 5)
        with pytest.raises(Refused):
            await channel.download(ours, "https://elsewhere.example/v25.0/media-4", 1000)


# --- Zalo --------------------------------------------------------------------------------------------


async def test_zalo_renews_a_stale_token_once_and_keeps_the_pair_before_using_it() -> None:
    async with zalo() as (channel, ours, fake, secrets):
        fake.expire_token()
        sends = (channel.send(ours, outgoing(case_zalo.CUSTOMER, f"Dạ {n}")) for n in range(5))
        sent = await asyncio.gather(*sends)
        assert sorted(str(one.key) for one in sent) == sorted(one["id"] for one in fake.sent)
        assert fake.refreshes == 1
        assert secrets.kept == [{"access_token": "access-1", "refresh_token": "refresh-1"}]


async def test_zalo_asks_for_an_admin_when_it_refuses_the_refresh_token() -> None:
    async with zalo() as (channel, ours, fake, secrets):
        fake.expire_token()
        fake.refresh_token = "somebody-else-has-it"
        with pytest.raises(SendFailed) as failed:
            await channel.send(ours, outgoing(case_zalo.CUSTOMER))
        assert failed.value.remedy is Remedy.RECONNECT
        assert secrets.kept == []
        assert fake.sent == []


async def test_zalo_starts_from_a_refresh_token_alone() -> None:
    async with zalo() as (channel, ours, fake, _):
        bare = {name: value for name, value in ours.secrets.items() if name != "access_token"}
        await channel.send(replace(ours, secrets=bare), outgoing(case_zalo.CUSTOMER))
        assert (fake.refreshes, len(fake.sent)) == (1, 1)


async def test_zalo_uploads_files_before_any_message_leaves(tmp_path: Path) -> None:
    async with zalo() as (channel, ours, fake, _):
        files = [picture(tmp_path), picture(tmp_path, "application/pdf")]
        await channel.send(ours, outgoing(case_zalo.CUSTOMER, "Dạ", files=files))
        assert fake.uploads == [("image", 20), ("file", 20)]
        parts = [one["message"] for one in fake.sent]
        assert parts[0]["attachment"]["payload"]["elements"][0]["attachment_id"] == "up1"
        assert parts[1]["attachment"] == {"type": "file", "payload": {"token": "up2"}}
        assert parts[2] == {"text": "Dạ"}


@pytest.mark.parametrize(("mime", "size"), [("image/webp", 20), ("image/png", 1_100_000), ("video/mp4", 20)])
async def test_zalo_takes_few_kinds_of_files(tmp_path: Path, mime: str, size: int) -> None:
    async with zalo() as (channel, ours, fake, _):
        with pytest.raises(SendFailed) as failed:
            await channel.send(ours, outgoing(case_zalo.CUSTOMER, files=[picture(tmp_path, mime, size)]))
        assert failed.value.remedy is Remedy.GIVE_UP
        assert fake.uploads == []


async def test_zalo_takes_templates_by_id_and_by_phone_and_asks_for_a_number() -> None:
    async with zalo() as (channel, ours, fake, _):
        late = {"last_inbound": None, "template": VALUES}
        by_id = await channel.send(ours, outgoing(case_zalo.CUSTOMER, "", **late))
        by_phone = await channel.send(ours, outgoing(Known("phone", "+84901234567"), "", **late))
        form: Json = {"name": "request_user_info", "values": {"title": "Chị cho em xin số"}}
        await channel.send(ours, outgoing(case_zalo.CUSTOMER, "", template=form))
        assert [by_id.key, by_phone.key] == [one["id"] for one in fake.sent[:2]]
        assert [one["path"] for one in fake.sent] == [
            "/v3.0/oa/message/template", "/message/template", "/v3.0/oa/message/cs",
        ]  # fmt: skip
        assert fake.sent[1]["phone"] == "84901234567"
        assert fake.sent[1]["tracking_id"] == "our-key-1"
        payload = fake.sent[2]["message"]["attachment"]["payload"]
        assert payload == {"template_type": "request_user_info", "elements": [{"title": "Chị cho em xin số"}]}


async def test_zalo_answers_an_anonymous_visitor_in_his_conversation() -> None:
    async with zalo() as (channel, ours, fake, _):
        visitor = Known("zalo_anon", "anon1", ours.address)
        await channel.send(ours, outgoing(visitor, meta={"conversation_id": "c1"}))
        assert fake.sent[0]["recipient"] == {"anonymous_id": "anon1", "conversation_id": "c1"}


async def test_zalo_tells_a_customers_name() -> None:
    async with zalo() as (channel, ours, fake, _):
        fake.names[case_zalo.LAN] = "Trần Lan"
        profile = await channel.profile(ours, case_zalo.CUSTOMER)
        assert profile is not None
        assert profile.display == "Trần Lan"


# --- Twilio ------------------------------------------------------------------------------------------


async def test_twilio_is_told_where_to_report_and_where_the_files_are(tmp_path: Path) -> None:
    async with sms() as (channel, ours, fake):
        sent = await channel.send(ours, outgoing(case_twilio.LAN, "Dạ", files=[picture(tmp_path)] * 2))
        message = fake.sent[0]
        assert message["StatusCallback"] == HOOK_URL
        assert (message["To"], message["From"], message["Body"]) == ("+84901234567", "+15005550006", "Dạ")
        assert len(message["media"]) == 2
        assert sent.meta == {"segments": 1}


async def test_twilio_sends_by_a_service_where_there_is_one() -> None:
    async with sms(messaging_service_sid="MG1") as (channel, ours, fake):
        await channel.send(ours, outgoing(case_twilio.LAN))
        assert fake.sent[0]["MessagingServiceSid"] == "MG1"
        assert "From" not in fake.sent[0]


async def test_twilio_says_how_long_to_wait() -> None:
    async with sms() as (channel, ours, fake):
        fake.fail_next("429")
        with pytest.raises(SendFailed) as failed:
            await channel.send(ours, outgoing(case_twilio.LAN))
        assert failed.value.retry_after_s == 7


async def test_twilios_media_want_the_login_and_their_store_must_not_get_it() -> None:
    async with sms() as (channel, ours, fake):
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
        fetched = await channel.download(ours, fake.base_url + path, 1000)
        assert fetched.data.startswith(b"\xff\xd8")


# --- where files may be fetched from -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://f20-zpc.zdn.vn/a.jpg", True),
        ("https://zdn.vn/a.jpg", True),
        ("http://f20.zdn.vn/a.jpg", False),
        ("https://f20.zdn.vn:8443/a.jpg", False),
        ("https://evilzdn.vn/a.jpg", False),
        ("https://zdn.vn.evil.example/a.jpg", False),
        ("https://zdn.vn@evil.example/a.jpg", False),
        ("https://user@zdn.vn/a.jpg", False),
        ("https://127.0.0.1/a.jpg", False),
        ("file:///etc/passwd", False),
        ("https://[::1/a.jpg", False),
        ("https://openapi.zalo.me/a", True),
    ],
)
def test_files_are_fetched_from_the_providers_own_hosts_alone(url: str, may: bool) -> None:
    assert is_at(url, ("zdn.vn",), "https://openapi.zalo.me") is may


async def test_a_redirect_to_elsewhere_is_not_followed() -> None:
    async with AsyncExitStack() as stack:
        fake = await stack.enter_async_context(FakeTwilioMessages())
        outside = await stack.enter_async_context(Outside())
        url = f"{fake.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
        with pytest.raises(Refused):
            await outside.fetch(
                url, may_fetch=lambda one: "/Media/" in one, max_bytes=10,
                basic=(ACCOUNT, case_twilio.SECRETS["auth_token"]),
            )  # fmt: skip
        assert not any("/files/" in call for call in fake.calls)
