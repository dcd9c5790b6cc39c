"""The parsers of addresses, headers and messages: tolerant where peers are sloppy, linear, and never surprised."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.build import echo_of, render_response
from telephony.sip.errors import BadHeader, BadMessage, BadUri
from telephony.sip.grammar import quote, read_number, read_params, split_list, unquote
from telephony.sip.headers import NameAddr, Via, read_addresses, read_cseq
from telephony.sip.message import Request, parse_message
from telephony.sip.uri import SipUri
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import OFFER, PHONE, STRANGER, Bench, invite, request

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("sip:alice@pbx1", "alice", "pbx1", None),
        ("sips:+84901@[2001:db8::1]:5061;transport=tcp", "+84901", "[2001:db8::1]", 5061),
        ("SIP:h.example.com", None, "h.example.com", None),
        ("sip:a;b=c:pw@h;lr?Subject=x", "a;b=c", "h", None),
        ("sip:%61%00b@h", "%61%00b", "h", None),
    ],
)
def test_an_address_is_read_and_written_back(
    text: str, user: str | None, host: str, port: int | None
) -> None:
    uri = SipUri.parse(text)
    assert (uri.user, uri.host, uri.port) == (user, host, port)
    assert SipUri.parse(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "alice@h",
        "tel:+84",
        "sip:a b@h",
        "sip:@h",
        "sip:a@h:99999",
        "sip:a@h:x",
        "sip:a@[::1",
        "sip:a@[x]",
        "sip:a@h;;lr",
        "sip:a@[::1]5",
    ],
)
def test_a_broken_address_is_refused(text: str) -> None:
    with pytest.raises(BadUri):
        SipUri.parse(text)


def test_the_number_of_an_address_is_unescaped_and_without_parameters() -> None:
    assert SipUri.parse("sip:%2B84901;phone-context=x@h").number == "+84901"
    assert SipUri.parse("sip:h").number == ""


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"A \\"B\\" <x>, y" <sip:a@h>;tag=1', 'A "B" <x>, y', "sip:a@h", "1"),
        ("caller<sip:a@h>;Tag = 2", "caller", "sip:a@h", "2"),
        ("sip:a@h;tag=3", "", "sip:a@h", "3"),
        ("Bell, Alexander <sip:a@h>", "Bell, Alexander", "sip:a@h", ""),
        ("< sip:a@h;x=y >", "", "sip:a@h;x=y", ""),
        ("<tel:+8490>", "", "tel:+8490", ""),
    ],
)
def test_a_name_and_address_is_read(text: str, display: str, uri: str, tag: str) -> None:
    address = NameAddr.parse(text)
    assert (address.display, address.uri, address.tag) == (display, uri, tag)


@pytest.mark.parametrize(
    "text",
    [
        '"A <sip:a@h>',
        "<sip:a@h",
        "a@h",
        "sip:a@h?x=y",
        "",
        '"A" sip:a@h',
        "<sip:a@h> x",
        "<sip:a@h>;;",
        'a"b"c<sip:a@h>',
        "sip:a@h b",
    ],
)
def test_a_broken_name_and_address_is_refused(text: str) -> None:
    with pytest.raises(BadHeader):
        NameAddr.parse(text)


def test_a_via_is_read_with_the_white_space_the_grammar_allows() -> None:
    via = Via.parse("SIP / 2.0\r\n /udp  pbx1 : 5062 ;\tbranch = z9hG4bKx ; rport")
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "pbx1", 5062, "z9hG4bKx")
    assert "rport" in via.params


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0", "SIP/2.0/UDP", "HTTP/1.1/TCP h", "SIP/2.0/UDP h;;x", "SIP/2.0/UDP h:0x1", "SIP/2.0/ h"],
)
def test_a_broken_via_is_refused(text: str) -> None:
    with pytest.raises(BadHeader):
        Via.parse(text)


def test_a_bare_cookie_identifies_no_transaction() -> None:
    assert not Via.parse("SIP/2.0/UDP h;branch=z9hG4bK").is_rfc3261
    assert Via.parse("SIP/2.0/UDP h;branch=z9hG4bK1").is_rfc3261


def test_lists_split_outside_quotes_and_brackets_only() -> None:
    found = read_addresses(['"x, y" <sip:a,b@h>, <sip:c@h>', "sip:d@h"])
    assert [one.uri for one in found] == ["sip:a,b@h", "sip:c@h", "sip:d@h"]


@pytest.mark.parametrize(
    "text", ["", "1", "x INVITE", "1 IN VITE", "2147483648 INVITE", "-1 INVITE", "1 (x)"]
)
def test_a_broken_cseq_is_refused(text: str) -> None:
    with pytest.raises(BadHeader):
        read_cseq(text)


def test_numbers_have_limits_and_may_have_leading_zeros() -> None:
    assert read_number(" 0070 ", 255) == 70
    for text in ("256", "", "-1", "٣", "1" * 5000, "1.0"):
        with pytest.raises(BadHeader):
            read_number(text, 255)


@given(st.text())
def test_a_quoted_string_survives_the_way_out_and_in(text: str) -> None:
    clean = "".join(char for char in text if char >= " " and char != "\x7f")
    assert unquote(quote(text)) == clean
    assert split_list(quote(text) + ",x", ",") == [quote(text), "x"]


@given(st.text(alphabet=string.printable, max_size=200))
def test_header_parsers_raise_nothing_but_bad_header(text: str) -> None:
    for parse in (
        Via.parse,
        NameAddr.parse,
        SipUri.parse,
        read_params,
        read_cseq,
        lambda t: split_list(t, ";"),
        lambda t: read_addresses([t]),
    ):
        try:
            parse(text)
        except BadHeader:
            continue


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_a_bad_message(data: bytes) -> None:
    try:
        parse_message(data)
    except BadMessage:
        return


_SEEDS = [
    invite(),
    request("REGISTER", flow=PHONE),
    request("BYE", to_tag="x"),
    invite(extra={"Authorization": 'Digest realm="threadline", nonce="x"'}),
]


@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 12), st.binary(max_size=8)), max_size=6),
    st.sampled_from([PHONE, STRANGER, Flow("udp", "203.0.113.7", 5060), Flow("tcp", "203.0.113.7", 4000)]),
)
def test_a_mutilated_message_never_breaks_the_core(
    seed: bytes, cuts: list[tuple[int, int, bytes]], flow: Flow
) -> None:
    for at, length, patch in cuts:
        seed = seed[:at] + patch + seed[at + length :]
    bench = Bench()
    for _ in range(2):
        for answer in bench.hear_raw(seed, flow):
            assert answer.startswith(b"SIP/2.0 ")
    bench.pass_time(0.2)
    assert bench.hear(request("OPTIONS", branch="alive"), STRANGER)


@given(
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=["Cs"]),
        min_size=1,
    ).filter(lambda t: t.strip() == t),
    st.from_regex(r"\A[A-Za-z0-9+!*'~%_.-]{1,20}\Z"),
)
def test_call_id_and_tags_come_back_byte_for_byte(call_id: str, tag: str) -> None:
    message = parse_message(request("OPTIONS", call_id=call_id, from_tag=tag, branch=tag))
    assert isinstance(message, Request)
    answer = parse_message(render_response(200, "", echo_of(message, PHONE), "ours"))
    assert (answer.call_id, answer.from_.tag, answer.via.branch) == (call_id, tag, "z9hG4bK" + tag)
    assert answer.headers["from"] == message.headers["from"]


@pytest.mark.parametrize(
    "hostile",
    [
        b"Authorization: Digest " + b'a="' * 10_000,
        b"Authorization: Digest " + b",a=" * 10_000,
        b'Contact: "' + b"\\" * 30_000,
        b"Contact: " + b"<" * 30_000,
        b"Via: SIP/2.0/UDP h" + b";a" * 15_000,
        b"X: y\r\n" + b" z\r\n" * 200,
        b'From: "' + b'\\"' * 15_000,
    ],
    ids=["quotes", "commas", "backslashes", "brackets", "params", "folds", "escapes"],
)
def test_hostile_text_costs_time_in_proportion_to_its_size(hostile: bytes) -> None:
    message = invite().replace(b"Content-Type", hostile + b"\r\nContent-Type")
    bench = Bench()
    started = time.process_time()
    bench.hear_raw(message, STRANGER)
    assert time.process_time() - started < 2.0  # quadratic work on 30 kB would take minutes


def test_bytes_after_the_body_are_ignored_and_a_short_body_is_refused() -> None:
    message = parse_message(invite() + b"INVITE sip:x SIP/2.0\r\n")
    assert message.body == OFFER
    with pytest.raises(BadMessage, match="400"):
        parse_message(invite()[:-1])


def test_lone_line_ends_cannot_smuggle_a_header() -> None:
    for end in (b"\n", b"\r"):
        with pytest.raises(BadMessage, match="400"):
            parse_message(
                invite(extra={"Subject": "x"}).replace(b"Subject: x", b"Subject: x" + end + b"Evil: 1")
            )
