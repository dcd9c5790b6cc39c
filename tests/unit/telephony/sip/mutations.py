"""Valid messages, and what chance makes of them: the same seed, the same million."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from telephony.sip.sdes import Sdes
from telephony.sip.sdp import LocalMedia, make_offer
from tests.unit.telephony.sip.bench import OFFER, PEER, PHONE, invite, request

GOLDEN: Final = Path(__file__).parents[3] / "golden" / "sip"
MAX_BYTES: Final = 65_535
SDES: Final = Sdes(is_required=True, keys=("QUFB" * 10, "QkJC" * 10))
SECRET_OFFER: Final = make_offer(LocalMedia("203.0.113.7", 30000, 1, 1, sdes=SDES))
MORE_SDP: Final = (
    b"v=0\r\no=- 1 1 IN IP6 2001:db8::7\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\n"
    b"m=video 4 RTP/AVP 31\r\nm=audio 5004/2 RTP/SAVP 96 9 8 0 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:9 G722/8000\r\n"
    b"a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-16\r\na=ptime:30\r\na=sendonly\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB|2^20\r\n"
)
WORDS: Final = (
    b"\r\n", b"\r\n\r\n", b"\r\n ", b"\n", b"\x00", b"\xff\xfe", b'"', b"\\", b"<", b">", b";", b",", b"=", b":", b"@",
    b"%", b"%zz", b"?", b"/", b"[", b"]", b"[::1]", b" ", b"\t", b"-1", b"0", b"4294967296", b"99999999999999999999",
    b"\xc2\xb2", b"\xd9\xa3", b"SIP/2.0", b"SIP/7.0", b"sips:", b"tel:", b"sip:", b";tag=x", b";branch=z9hG4bK",
    b";rport", b";received=", b";expires=", b"Via: ", b"v:", b"Content-Length: ", b"l: 5", b"Contact: *", b"Expires: 0",
    b"Require: x", b"Authorization: Digest ", b"Record-Route: <sip:a;lr>", b"Replaces: ", b"Refer-To: <", b"RAck: 1 1 INVITE",
    b"Session-Expires: 1", b"Min-SE: ", b"Supported: timer,100rel", b"application/sdp", b"a=crypto:1 ", b"m=audio ", b"c=IN IP4 ",
    b"a=rtpmap:", b"a=ptime:", b"0.0.0.0", b"SIP/2.0 200 OK\r\n", b"z9hG4bKone", b"INVITE", b"ACK", b"BYE", b"CANCEL", b"REGISTER",
)  # fmt: skip


def valid_messages() -> list[bytes]:
    """Every kind of request and a response, and all that RFC 4475 calls valid."""
    credentials = 'Digest username="alice", realm="threadline", nonce="x", uri="sip:x", response="y", qop=auth, nc=00000001, cnonce="z"'
    found = [
        invite(), invite(body=SECRET_OFFER), invite(body=MORE_SDP), invite(flow=PHONE), invite(body=b""),
        invite(extra={"Require": "100rel", "Supported": "timer, 100rel", "Session-Expires": "1800;refresher=uac"}),
        invite(extra={"Record-Route": "<sip:p1.example.org;lr>, <sip:[2001:db8::9]:5070;lr>", "P-Asserted-Identity": '"A" <tel:+8490>'}),
        invite(extra={"Replaces": "call-1;to-tag=a;from-tag=b;early-only", "Privacy": "id"}),
        request("ACK", to_tag="x"), request("BYE", to_tag="x"), request("CANCEL"), request("OPTIONS"),
        request("PRACK", to_tag="x", extra={"RAck": "1 1 INVITE"}), request("UPDATE", to_tag="x", body=OFFER),
        request("REFER", to_tag="x", extra={"Refer-To": "<sip:1@x?Replaces=a%3Bto-tag%3Db>", "Referred-By": "<sip:a@b>"}),
        request("NOTIFY", to_tag="x", extra={"Event": "refer", "Subscription-State": "active;expires=60"}),
        request("INFO", to_tag="x", body=b"Signal=5\r\nDuration=160\r\n").replace(b"application/sdp", b"application/dtmf-relay"),
        request("REGISTER", flow=PHONE, extra={"Expires": "300", "Authorization": credentials}),
        request("REGISTER", flow=PHONE, extra={"Contact": "<sip:a@b;transport=tls>;q=0.5;+sip.instance=\"<urn:uuid:1>\";reg-id=1"}),
        b"SIP/2.0 180 Ringing\r\n" + request("INVITE", to_tag="y").partition(b"\r\n")[2],
    ]  # fmt: skip
    manifest = json.loads((GOLDEN / "torture" / "manifest.json").read_text())["messages"]
    found += [
        (GOLDEN / "torture" / one["file"]).read_bytes() for one in manifest if one["validity"] == "valid"
    ]
    assert PEER.transport == "udp"
    return found


def valid_descriptions() -> list[bytes]:
    return [OFFER, SECRET_OFFER, MORE_SDP]


def mutants(originals: list[bytes], seed: int, count: int) -> Iterator[bytes]:
    """One to six changes of one original each."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            chance.choice(_CHANGES)(data, chance, originals)
        yield bytes(data[:MAX_BYTES])


def _place(data: bytearray, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _flip(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _insert_word(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    at = _place(data, chance)
    data[at:at] = chance.choice(WORDS)


def _overwrite_word(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    word, at = chance.choice(WORDS), _place(data, chance)
    data[at : at + len(word)] = word


def _delete(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 2, 8, 40))]


def _cut(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    del data[_place(data, chance) :]


def _repeat(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    at = _place(data, chance)
    piece = data[at : at + chance.choice((1, 3, 20, 80))]
    data[at:at] = piece * chance.choice((1, 2, 5, 50))


def _swap_lines(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    lines = bytes(data).split(b"\r\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    data[:] = b"\r\n".join(lines)


def _double_line(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    lines = bytes(data).split(b"\r\n")
    at = chance.randrange(len(lines))
    data[:] = b"\r\n".join([*lines[:at], lines[at], *lines[at:]])


def _splice(data: bytearray, chance: random.Random, originals: list[bytes]) -> None:
    other = chance.choice(originals)
    data[_place(data, chance) :] = other[chance.randrange(len(other)) :]


def _other_number(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    digits = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if digits:
        at = chance.choice(digits)
        data[at : at + 1] = chance.choice(
            (b"", b"-", b"00000000", b"9" * 30, b"\xc2\xb9", b"1e9", b"0x1", b".")
        )


_CHANGES: Final = (
    _flip, _flip, _insert_word, _overwrite_word, _delete, _cut, _repeat, _swap_lines, _double_line, _splice, _other_number,
)  # fmt: skip
