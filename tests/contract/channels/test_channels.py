"""Every channel keeps the same promises, whatever its provider's protocol."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from omnichannel.channels.outside import Outside
from omnichannel.channels.port import (
    Channel,
    Endpoint,
    Forged,
    HookRequest,
    Ignored,
    Incoming,
    Known,
    Learnt,
    Message,
    Opening,
    Receipt,
    Remedy,
    SendFailed,
    Status,
)
from omnichannel.identity import KINDS
from tests.contract.channels.case import (
    NOON,
    ChannelCase,
    Golden,
    SecretsInMemory,
    cases,
    outgoing,
    picture,
)
from tests.support.fake_provider import FakeProvider
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import Invalid

pytestmark = pytest.mark.contract

ALL = cases()
EACH = pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
EACH_STANDIN = pytest.mark.parametrize(
    "case", [case for case in ALL if case.standin], ids=lambda case: case.name
)
EACH_GOLDEN = pytest.mark.parametrize(
    ("case", "golden"),
    [pytest.param(case, golden, id=f"{case.name}-{golden.name}") for case in ALL for golden in case.golden],
)
PATIENCE_S = 20.0
IMPATIENCE_S = 0.4  # of tests in which nobody will answer


def channel_of(case: ChannelCase) -> Channel:
    """A channel for what needs no provider."""
    return case.make(Outside(), VirtualClock(NOON), SecretsInMemory())


@asynccontextmanager
async def talking(
    case: ChannelCase, patience_s: float = PATIENCE_S
) -> AsyncIterator[tuple[Channel, Endpoint, FakeProvider]]:
    assert case.standin is not None
    async with case.standin() as provider, Outside(patience_s) as outside:
        channel = case.make(outside, VirtualClock(NOON), SecretsInMemory())
        yield channel, case.at(provider.base_url), provider


# --- in -----------------------------------------------------------------------------------------------


@EACH_GOLDEN
def test_a_delivery_says_what_it_says(case: ChannelCase, golden: Golden) -> None:
    channel = channel_of(case)
    receipt = channel.receive(case.endpoint, golden.request)
    assert receipt.status == 200
    assert len(receipt.deliveries) == golden.deliveries
    read = [one for each in receipt.deliveries for one in channel.read(case.endpoint, each.raw, each.headers)]
    assert [_flat(one) for one in read] == [_flat(one) for one in golden.expected]


def _flat(one: Incoming) -> object:
    """What is compared: whether a channel gives a list or a tuple is its own business."""
    return type(one).__name__, json.loads(json.dumps(asdict(one), default=str))


@EACH_GOLDEN
def test_the_same_delivery_again_has_the_same_keys(case: ChannelCase, golden: Golden) -> None:
    channel = channel_of(case)
    later = replace(golden.request, received_at=NOON + timedelta(hours=2))
    first = channel.receive(case.endpoint, golden.request).deliveries
    again = channel.receive(case.endpoint, later).deliveries
    assert [one.key for one in first] == [one.key for one in again]
    assert [one.raw for one in first] == [one.raw for one in again]
    assert all(0 < len(one.key) <= 200 and "\0" not in one.key for one in first)


@EACH
def test_different_events_have_different_keys(case: ChannelCase) -> None:
    channel = channel_of(case)
    keys = [
        each.key
        for golden in case.golden
        for each in channel.receive(case.endpoint, golden.request).deliveries
    ]
    assert len(keys) == len(set(keys))


@EACH_GOLDEN
def test_events_of_one_customer_are_in_one_line(case: ChannelCase, golden: Golden) -> None:
    """The order key is the customer's in both directions, so that a receipt waits for what it is about."""
    channel = channel_of(case)
    for each in channel.receive(case.endpoint, golden.request).deliveries:
        for one in channel.read(case.endpoint, each.raw, each.headers):
            if isinstance(one, Message | Learnt) and case.golden:
                known = [one.customer, *one.also]
                assert each.sender
                assert any(each.sender.endswith(known_as.value.lstrip("+")) for known_as in known)


@EACH_GOLDEN
def test_identities_are_of_known_kinds(case: ChannelCase, golden: Golden) -> None:
    for one in golden.expected:
        named: list[Known] = []
        if isinstance(one, Message | Learnt):
            named = [one.customer, *one.also]
        elif isinstance(one, Status) and one.customer:
            named = [one.customer]
        for known in named:
            assert known.kind in KINDS
            assert bool(known.scope) == KINDS[known.kind].is_scoped


@EACH
def test_a_forged_delivery_brings_nothing(case: ChannelCase) -> None:
    channel = channel_of(case)
    for request in _forgeries(case):
        if case.drops_forged:
            assert channel.receive(case.endpoint, request) == Receipt()
        else:
            with pytest.raises(Forged):
                channel.receive(case.endpoint, request)


def _forgeries(case: ChannelCase) -> list[HookRequest]:
    """The case's own, and every golden delivery with a byte more and without its headers."""
    signed = [golden.request for golden in case.golden]
    if not case.forged:
        return []
    return [
        *case.forged,
        *(replace(request, body=request.body + b" ") for request in signed),
        *(replace(request, headers={}) for request in signed),
    ]


@EACH
def test_no_delivery_however_odd_breaks_more_than_itself(case: ChannelCase) -> None:
    channel = channel_of(case)
    for raw in (b"", b"[]", b"null", b"{}", b'{"event":7,"via":[]}', b"\xff\xfe", b"[" * 3000):
        try:
            read = channel.read(case.endpoint, raw, {})
        except Invalid:
            continue
        assert all(isinstance(one, Ignored) for one in read)


@EACH
def test_a_channel_without_secrets_takes_nothing(case: ChannelCase) -> None:
    bare = replace(case.endpoint, secrets={})
    channel = channel_of(case)
    for golden in case.golden if case.forged else ():
        if case.drops_forged:
            assert channel.receive(bare, golden.request) == Receipt()
        else:
            with pytest.raises(Forged):
                channel.receive(bare, golden.request)


# --- windows ---------------------------------------------------------------------------------------------


@EACH
def test_the_window_is_as_open_as_the_provider_says(case: ChannelCase) -> None:
    channel = channel_of(case)
    for age, opening in case.windows:
        last = None if age is None else NOON - age
        window = channel.window(case.endpoint, last, NOON)
        assert window.opening is opening, age
        assert window.until is None or window.until > NOON


@EACH_STANDIN
async def test_nothing_is_sent_into_a_closed_window(case: ChannelCase) -> None:
    closed = [age for age, opening in case.windows if opening in (Opening.CLOSED, Opening.TEMPLATE_ONLY)]
    async with talking(case) as (channel, endpoint, provider):
        for age in closed:
            last = None if age is None else NOON - age
            with pytest.raises(SendFailed) as failed:
                await channel.send(endpoint, outgoing(case.customer, last_inbound=last))
            assert failed.value.remedy is Remedy.WINDOW
        assert provider.sent == []


# --- out -------------------------------------------------------------------------------------------------


@EACH_STANDIN
async def test_a_message_goes_out_once_and_its_id_is_known(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        sent = await channel.send(endpoint, outgoing(case.customer))
        assert [message["id"] for message in provider.sent] == [sent.key]


@EACH_STANDIN
async def test_text_is_sent_composed(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        await channel.send(endpoint, outgoing(case.customer, "chi\u0323"))
        assert "ch\u1ecb" in str(provider.sent)


@EACH_STANDIN
async def test_a_file_goes_out(case: ChannelCase, tmp_path: Path) -> None:
    if not case.sends_files:
        return
    async with talking(case) as (channel, endpoint, provider):
        sent = await channel.send(endpoint, outgoing(case.customer, files=[picture(tmp_path, case.picture)]))
        keys = sent.meta.get("keys", [sent.key])
        assert [message["id"] for message in provider.sent] == keys
        assert sent.key == provider.sent[-1]["id"]


@EACH_STANDIN
async def test_a_text_too_long_is_refused_before_it_leaves(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        most = channel.limits.text_max
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, "a" * (most + 1)))
        assert (failed.value.remedy, failed.value.code) == (Remedy.GIVE_UP, "too_long")
        await channel.send(endpoint, outgoing(case.customer, "e\u0302\u0301" * most))
        assert len(provider.sent) == 1


@EACH_STANDIN
async def test_nothing_is_no_message(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, " \n"))
        assert failed.value.remedy is Remedy.GIVE_UP
        assert provider.sent == []


@EACH_STANDIN
async def test_a_file_too_large_is_refused_before_it_leaves(case: ChannelCase, tmp_path: Path) -> None:
    async with talking(case) as (channel, endpoint, provider):
        large = picture(tmp_path, case.picture, channel.limits.file_bytes + 1)
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, files=[large]))
        assert failed.value.remedy is Remedy.GIVE_UP
        assert provider.sent == []


@pytest.mark.parametrize(
    ("case", "fault", "remedy"),
    [
        pytest.param(case, fault, remedy, id=f"{case.name}-{fault}")
        for case in ALL
        for fault, remedy in case.remedies.items()
    ],
)
async def test_a_refusal_has_its_remedy(case: ChannelCase, fault: str, remedy: Remedy) -> None:
    async with talking(case) as (channel, endpoint, provider):
        provider.fail_next(fault)
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, "words of ours"))
        assert failed.value.remedy is remedy
        assert failed.value.code
        assert failed.value.detail
        _is_impersonal(case, failed.value)


@EACH_STANDIN
async def test_after_a_silence_nobody_knows_whether_it_went(case: ChannelCase) -> None:
    async with talking(case, IMPATIENCE_S) as (channel, endpoint, provider):
        provider.fail_next("timeout")
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, "words of ours"))
        assert failed.value.remedy is Remedy.UNSURE
        _is_impersonal(case, failed.value)


@EACH_STANDIN
async def test_after_a_broken_connection_nobody_knows_whether_it_went(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        provider.fail_next("dropped")
        with pytest.raises(SendFailed) as failed:
            await channel.send(endpoint, outgoing(case.customer, "words of ours"))
        assert failed.value.remedy is Remedy.UNSURE
        assert len(provider.sent) == 1
        _is_impersonal(case, failed.value)


@EACH_STANDIN
async def test_a_provider_that_is_not_there_is_tried_again(case: ChannelCase) -> None:
    assert case.standin is not None
    async with case.standin() as provider:
        gone = provider.base_url
    async with Outside(PATIENCE_S) as outside:
        channel = case.make(outside, VirtualClock(NOON), SecretsInMemory())
        with pytest.raises(SendFailed) as failed:
            await channel.send(case.at(gone), outgoing(case.customer, "words of ours"))
    assert failed.value.remedy is Remedy.RETRY
    _is_impersonal(case, failed.value)


def _is_impersonal(case: ChannelCase, failed: SendFailed) -> None:
    told = "".join(traceback.format_exception(failed))
    told += repr(failed.__cause__) + repr(failed.__context__ if not failed.__suppress_context__ else None)
    message = f"{failed} {failed.detail} {failed.code}"
    assert case.customer.value not in message
    assert "words of ours" not in message
    assert f"'{case.customer.value}'" not in told


@EACH_STANDIN
async def test_a_check_says_whether_the_credentials_work(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, _):
        assert all(one.is_ok for one in await channel.check(endpoint))
        wrong = replace(endpoint, secrets=dict.fromkeys(endpoint.secrets, "wrong"))
        checks = await channel.check(wrong)
        assert not all(one.is_ok for one in checks)
        assert all(one.detail for one in checks if not one.is_ok)


@EACH_STANDIN
async def test_cancelling_a_send_ends_it(case: ChannelCase) -> None:
    async with talking(case) as (channel, endpoint, provider):
        provider.fail_next("timeout_lost")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(IMPATIENCE_S):
                await channel.send(endpoint, outgoing(case.customer))
