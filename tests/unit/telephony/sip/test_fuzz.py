"""Hostile bytes: no exception but the declared one, no message beyond 5 ms, nothing worse than linear.

`FUZZ_MESSAGES=1000000` makes the run longer; the default is what every check does.
"""

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest

from telephony.sip.errors import BadMessage, SdpRefused, StreamBroken
from telephony.sip.incoming import IncomingCall
from telephony.sip.message import parse_message
from telephony.sip.sdp import LocalMedia, answer_offer, read_answer
from telephony.sip.stream import Framer
from tests.unit.telephony.sip.bench import OURS, PEER, PHONE, Bench, add_lines, invite, request, statuses
from tests.unit.telephony.sip.mutations import SDES, mutants, valid_descriptions, valid_messages

pytestmark = pytest.mark.unit

TOTAL: Final = int(os.environ.get("FUZZ_MESSAGES", "200000"))
SHARES: Final = 10  # runs that may go side by side
MESSAGES_OF_A_BENCH: Final = 500
LIMIT_NS: Final = 5_000_000
SECRET: Final = LocalMedia("192.0.2.1", 20000, 7, 1, sdes=SDES)


def cpu_ns(work: Callable[[], object], tries: int = 1) -> int:
    """The least processor time of some tries: what the work itself needs, whatever else goes on."""
    least: list[int] = []
    for _ in range(tries):
        before = time.process_time_ns()
        work()
        least.append(time.process_time_ns() - before)
    return min(least)


def answered_if_possible(call: IncomingCall) -> None:
    try:
        call.answer(answer_offer(call.sdp, OURS)[0] if call.sdp else b"")
    except SdpRefused:
        call.reject(488, "Not Acceptable Here")


def parse(data: bytes) -> None:
    with suppress(BadMessage):
        message = parse_message(data)
        message.contact, message.sdp  # noqa: B018  # properties that read on demand


def frame(data: bytes) -> None:
    with suppress(StreamBroken):
        list(Framer().feed(data))


def describe(data: bytes) -> None:
    for local in (OURS, SECRET):
        with suppress(SdpRefused):
            answer_offer(data, local)
        with suppress(SdpRefused):
            read_answer(data, local.sdes)


def new_bench() -> Bench:
    bench = Bench()
    bench.on_call = answered_if_possible
    return bench


def logged_in() -> bytes:
    """A REGISTER whose credentials are right, on every bench: they have one secret and one clock."""
    bench = new_bench()
    text = request("REGISTER", uri="sip:threadline", flow=PHONE, user="alice")
    answers = bench.log_in(text.replace(b"To: <sip:threadline>", b"To: <sip:alice@threadline>"), PHONE)
    assert statuses(answers) == [200]
    return bench.last_request


def is_slow(work: Callable[[], object]) -> bool:
    """Asked again without the garbage collector where the first look was beyond the limit."""
    if cpu_ns(work) < LIMIT_NS:
        return False
    gc.collect()
    gc.disable()
    try:
        return cpu_ns(work, 5) >= LIMIT_NS
    finally:
        gc.enable()


@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutant_of_a_valid_message_breaks_or_holds_up_the_parser_or_the_core(share: int) -> None:
    bench = new_bench()
    originals = valid_messages() + [logged_in()] * 3
    for number, data in enumerate(mutants(originals, share, TOTAL // SHARES)):
        if number % MESSAGES_OF_A_BENCH == MESSAGES_OF_A_BENCH - 1:
            bench.pass_time(2)
            bench = new_bench()
        flow = PHONE if number % 3 == 0 else PEER

        def work(data: bytes = data, bench: Bench = bench) -> None:
            bench.agent.receive(data, flow, bench.now)  # noqa: B023  # called before the next turn

        assert not is_slow(work), data
        if number % 4 == 0:
            parse(data)
            frame(data)


@pytest.mark.parametrize("share", range(2))
def test_no_mutant_of_a_description_breaks_offer_or_answer(share: int) -> None:
    for data in mutants(valid_descriptions(), share, TOTAL // 20):
        assert not is_slow(lambda data=data: describe(data)), data  # type: ignore[misc]  # bound at once


def header(line: Callable[[int], str]) -> Callable[[int], bytes]:
    """An INVITE with hostile header lines of `size` characters altogether."""
    return lambda size: add_lines(invite(), line(size))


def times(text: str, size: int) -> str:
    return text * (size // len(text))


HOSTILE: Final[dict[str, Callable[[int], bytes]]] = {
    "many_vias_in_one_line": header(lambda n: f"Via: {times('SIP/2.0/UDP h;branch=z9hG4bKx,', n)}SIP/2.0/UDP h\r\n"),
    "via_parameters": header(lambda n: f"Via: SIP/2.0/UDP h;{times('a=b;', n)}c\r\n"),
    "top_via_parameters": lambda n: invite().replace(b";rport", b";rport" + times(";a=b", n).encode(), 1),
    "top_via_quotes": lambda n: invite().replace(b";rport", b';rport;x="' + times('\\"', n).encode() + b'"', 1),
    "contacts": lambda n: invite().replace(b"Contact: ", f"Contact: {times('<sip:a@b>,', n)}".encode(), 1),
    "contact_quotes": lambda n: invite().replace(b"Contact: ", b'Contact: "' + times('\\', n).encode() + b'a" ', 1),
    "open_quotes": lambda n: invite().replace(b'"Peer"', b'"' + times('\\"', n).encode(), 1),
    "many_quotes": lambda n: invite().replace(b'"Peer"', times('""', n).encode(), 1),
    "open_brackets": lambda n: invite().replace(b"Contact: <", b"Contact: " + times("<", n).encode(), 1),
    "from_parameters": lambda n: invite().replace(b";tag=peer", times(";a", n).encode() + b";tag=peer", 1),
    "record_routes": header(lambda n: f"Record-Route: {times('<sip:a;lr>, ', n)}<sip:b;lr>\r\n"),
    "require": header(lambda n: f"Require: {times('x,', n)}y\r\n"),
    "supported": header(lambda n: f"Supported: {times('x,', n)}y\r\n"),
    "folds": header(lambda n: f"Subject: x{times(chr(13) + chr(10) + ' y', n)}\r\n"),
    "folded_via": header(lambda n: f"Via: SIP/2.0/UDP h{times(chr(13) + chr(10) + ' ;a', n)}\r\n"),
    "lines": header(lambda n: times("A:\r\n", n)),
    "colons": header(lambda n: f"X: {times(':', n)}\r\n"),
    "white_space": header(lambda n: f"X:{times(' ', n)}y\r\n"),
    "authorization": header(lambda n: f"Authorization: Digest {times('a=b,', n)}c=d\r\n"),
    "authorization_quotes": header(lambda n: 'Authorization: Digest a="' + times('\\"', n) + '"\r\n'),
    "identity": header(lambda n: f"P-Asserted-Identity: {times('<sip:1@x>,', n)}<sip:2@x>\r\n"),
    "replaces": header(lambda n: f"Replaces: a{times(';to-tag=b', n)}\r\n"),
    "session_expires": header(lambda n: f"Session-Expires: {times('9', n)}\r\n"),
    "uri": lambda n: invite(uri=f"sip:{times('%41', n)}@192.0.2.1"),
    "uri_parameters": lambda n: invite(uri=f"sip:a@192.0.2.1{times(';a', n)}"),
    "digits": lambda n: invite().replace(b"CSeq: 1", b"CSeq: " + times("1", n).encode(), 1),
    "line_ends_first": lambda n: times("\r\n", n).encode() + invite(),
    "sdp_lines": lambda n: invite(body=b"v=0\r\n" + times("a=x\r\n", n).encode()),
    "sdp_streams": lambda n: invite(body=b"v=0\r\nc=IN IP4 1.2.3.4\r\n" + times("m=audio 1 RTP/AVP 7\r\n", n).encode()),
    "sdp_formats": lambda n: invite(body=b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP" + times(" 7", n).encode()),
    "sdp_cryptos": lambda n: invite(body=b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\n" + times("a=crypto:1\r\n", n).encode()),
}  # fmt: skip
SIZE: Final = 60_000
FLOOR_NS: Final = 300_000  # below this the clock's own noise decides


def receiving(data: bytes) -> Callable[[], None]:
    """The whole core, new each time; its making is not counted for anything much."""

    def work() -> None:
        new_bench().agent.receive(data, PEER, 1000.0)
        describe(data)

    return work


@pytest.mark.parametrize("name", HOSTILE)
def test_sixty_kilobytes_of_spite_cost_less_than_5_ms_and_grow_no_faster_than_their_size(name: str) -> None:
    make = HOSTILE[name]
    whole, quarter = make(SIZE), make(SIZE // 4)
    assert len(whole) > SIZE * 0.9
    gc.disable()
    try:
        long_ns, short_ns = cpu_ns(receiving(whole), 5), cpu_ns(receiving(quarter), 5)
        assert cpu_ns(lambda: new_bench().agent.receive(whole, PEER, 1000.0), 5) < LIMIT_NS
    finally:
        gc.enable()
    # Four times the size: four times the work is linear, sixteen times is what must not be.
    assert long_ns < 8 * max(short_ns, FLOOR_NS)


@pytest.mark.parametrize("name", HOSTILE)
def test_spite_that_trickles_in_over_a_stream_is_not_read_from_the_start_each_time(name: str) -> None:
    """A megabyte each byte of which made the framer look at all before it would take minutes."""
    data = HOSTILE[name](SIZE)

    def trickle(step: int) -> None:
        framer = Framer()
        with suppress(StreamBroken):
            for at in range(0, len(data), step):
                list(framer.feed(data[at : at + step]))

    assert cpu_ns(lambda: trickle(20), 3) < 100 * LIMIT_NS
