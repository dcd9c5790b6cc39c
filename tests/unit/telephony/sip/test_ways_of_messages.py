"""Which way answers and requests go: broken streams, rport, address translation, headers echoed."""

import pytest

from telephony.sip.message import parse_message
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    ANSWER,
    PEER,
    Bench,
    invite,
    request,
    statuses,
)

pytestmark = pytest.mark.unit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_call_over_a_broken_stream_ends_after_a_grace(bench: Bench) -> None:
    flow = Flow("tcp", "203.0.113.7", 41000)
    bench.hear(invite(flow=flow), flow)
    bench.calls[0].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(request("ACK", flow=flow, to_tag=tag, branch="ack"), flow)
    bench.agent.flow_lost(flow)
    assert bench.listeners[0].news == ["acked"]
    bench.pass_time(31)
    assert bench.listeners[0].told[-1] == ("ended", "connection_lost")


def test_a_call_comes_back_on_a_new_stream_within_the_grace(bench: Bench) -> None:
    flow, fresh = Flow("tcp", "203.0.113.7", 41000), Flow("tcp", "203.0.113.7", 41001)
    bench.hear(invite(flow=flow), flow)
    bench.calls[0].answer(ANSWER)
    tag = parse_message(bench.sent[-1][1]).to.tag
    bench.hear(request("ACK", flow=flow, to_tag=tag, branch="ack"), flow)
    bench.agent.flow_lost(flow)
    assert statuses(bench.hear(request("INFO", flow=fresh, cseq=2, to_tag=tag, branch="info"), fresh)) == [
        200
    ]
    bench.pass_time(31)
    assert bench.listeners[0].news == ["acked"]


def test_answers_go_where_rport_asks_else_to_the_sent_by_port(bench: Bench) -> None:
    natted = Flow("udp", "203.0.113.7", 61000)
    bench.hear(request("OPTIONS"), natted)
    assert bench.last_flow() == natted
    via = parse_message(bench.sent[-1][1]).headers["via"][0]
    assert via == "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKone;rport=61000;received=203.0.113.7"
    bench.hear(request("OPTIONS").replace(b";rport", b""), natted)
    assert bench.last_flow() == PEER


def test_a_peer_behind_address_translation_is_answered_where_it_came_from(bench: Bench) -> None:
    message = request("OPTIONS").replace(b";rport", b"").replace(b"UDP 203.0.113.7", b"UDP 10.0.0.5")
    bench.hear(message, Flow("udp", "203.0.113.7", 61000))
    assert bench.last_flow() == Flow("udp", "203.0.113.7", 61000)
    assert parse_message(bench.sent[-1][1]).via.params["received"] == "203.0.113.7"


def test_a_response_echoes_the_callers_headers_byte_for_byte(bench: Bench) -> None:
    odd = (
        b"OPTIONS sip:x@192.0.2.1 SIP/2.0\r\n"
        b"v:  SIP/2.0/UDP 203.0.113.7:5060 ;branch=z9hG4bK+!x ;rport,SIP/2.0/TCP pbx1;branch=z9hG4bK2\r\n"
        b'f:\t"A \\"B\\""   <sip:a!+%41@pbx1>\r\n ; TAG=x\r\nt: <sip:x@h>\r\ni: a@!+\xff\r\nCSeq:  7   OPTIONS\r\n\r\n'
    )
    bench.hear(odd)
    sent = bench.sent[-1][1]
    for line in (
        b'From: "A \\"B\\""   <sip:a!+%41@pbx1>\r\n ; TAG=x\r\n',
        b"Call-ID: a@!+\xff\r\n",
        b"CSeq: 7   OPTIONS\r\n",
    ):
        assert line in sent
    assert b";branch=z9hG4bK+!x ;rport=5060;received=203.0.113.7,SIP/2.0/TCP pbx1;branch=z9hG4bK2\r\n" in sent
