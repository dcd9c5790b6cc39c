"""The memory of SIP messages: whose they are, what never gets in, and how much is kept."""

import pytest

from telephony.sip.ring import MAX_MESSAGES, MAX_PASSING, MessageRing, call_id_of, without_secrets
from telephony.sip.traffic import Traffic
from telephony.sip.wire import Flow

pytestmark = pytest.mark.unit

FLOW = Flow("udp", "192.0.2.1", 5060)


def message(call_id: str, start: str = "INVITE sip:1@h SIP/2.0", more: str = "", body: str = "") -> bytes:
    return f"{start}\r\nVia: SIP/2.0/UDP h\r\nCall-ID: {call_id}\r\n{more}\r\n{body}".encode()


@pytest.mark.parametrize("line", ["Call-ID: a@b", "call-id:a@b", "i: a@b", "CALL-ID : a@b "])
def test_the_call_id_is_found_however_it_is_written(line: str) -> None:
    assert call_id_of(f"INVITE x SIP/2.0\r\nVia: y\r\n{line}\r\n\r\n".encode()) == b"a@b"


def test_a_message_without_call_id_is_nobodys() -> None:
    assert call_id_of(b"INVITE x SIP/2.0\r\nVia: y\r\n\r\n") is None
    ring = MessageRing()
    ring.add(b"\x00" * 100, FLOW, False, 0.0)
    assert ring.size == 0


@pytest.mark.parametrize(
    "secret",
    [
        'Authorization: Digest username="lan", response="SECRET"\r\n',
        'Proxy-Authorization: Digest\r\n username="SECRET",\r\n\tresponse="SECRET"\r\n',
        "AUTHORIZATION:SECRET\r\n",
        "aUthoriZation: SECRET\r\n",
    ],
)
def test_credentials_are_never_kept(secret: str) -> None:
    kept = without_secrets(message("a", more=f"{secret}Contact: <sip:lan@h>\r\n"))
    assert b"SECRET" not in kept
    assert b"Contact: <sip:lan@h>" in kept


def test_media_keys_are_never_kept() -> None:
    body = "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET\r\na=rtpmap:0 PCMU/8000\r\na=ice-pwd:SECRET\r\n"
    kept = without_secrets(message("a", body=body))
    assert b"SECRET" not in kept
    assert b"a=rtpmap:0 PCMU/8000" in kept


def test_what_was_kept_in_an_odd_spelling_is_cut_out_when_it_is_shown() -> None:
    ring = MessageRing()
    ring.belongs("odd", "call")
    ring.add(message("odd", more="aUThorizatioN: SECRET\r\n", body="A=CRYPTO:1 SECRET\r\n"), FLOW, False, 0.0)
    assert b"SECRET" not in ring.of("call")["odd"][0].data


def test_a_call_has_the_messages_of_all_its_legs_and_no_others() -> None:
    ring = MessageRing()
    ring.add(message("one"), FLOW, False, 1.0)
    ring.belongs("one", "call")
    ring.belongs("two", "call")
    ring.add(message("two"), FLOW, True, 2.0)
    ring.add(message("stranger"), FLOW, False, 3.0)
    ring.add(message("one", "REGISTER sip:h SIP/2.0"), FLOW, False, 4.0)
    found = ring.of("call")
    assert {name: [(one.at, one.is_ours) for one in kept] for name, kept in found.items()} == {
        "one": [(1.0, False)],
        "two": [(2.0, True)],
    }
    assert ring.of("another") == {}


def test_a_flood_of_strangers_does_not_wash_a_call_out() -> None:
    ring = MessageRing(max_bytes=1_000_000)
    ring.add(message("real"), FLOW, False, 0.0)
    ring.belongs("real", "call")
    for number in range(20_000):
        ring.add(message(f"stranger-{number}"), FLOW, False, 1.0)
    assert len(ring.of("call")["real"]) == 1
    assert ring.size < (MAX_PASSING + 1) * 600


def test_a_long_call_keeps_its_beginning_and_its_end() -> None:
    ring = MessageRing()
    ring.belongs("long", "call")
    for number in range(1000):
        ring.add(message("long"), FLOW, False, float(number))
    kept = ring.of("call")["long"]
    assert len(kept) == MAX_MESSAGES
    assert (kept[0].at, kept[-1].at) == (0.0, 999.0)


def test_memory_is_bounded_and_the_oldest_call_goes_first() -> None:
    ring = MessageRing(max_bytes=100_000)
    for number in range(1000):
        ring.belongs(f"sip-{number}", f"call-{number}")
        ring.add(message(f"sip-{number}"), FLOW, False, float(number))
    assert ring.size <= 100_000
    assert ring.of("call-0") == {}
    assert ring.of("call-999")


def test_traffic_is_counted_by_words_we_know() -> None:
    traffic = Traffic()
    for data in (
        b"INVITE sip:1 SIP/2.0\r\n",
        b"EVIL%d sip:1 SIP/2.0\r\n",
        b"SIP/2.0 200 OK\r\n",
        b"SIP/2.0 999 X\r\n",
        b"",
    ):
        traffic.received(data)
    assert traffic.requests_in == {"INVITE": 1, "other": 2}
    assert traffic.responses_in == {"200": 1, "other": 1}
    traffic.sent(b"SIP/2.0 486 Busy Here\r\n")
    assert (traffic.requests_out, traffic.responses_out) == ({}, {"486": 1})
