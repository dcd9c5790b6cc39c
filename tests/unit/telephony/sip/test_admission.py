"""Who may do what: digest challenges, accounts, trunks, strangers, and the registrar behind the gate."""

import re
from collections.abc import Callable

import pytest

from telephony.sip.accounts import SipAccount
from telephony.sip.calls import CallerId, Source
from telephony.sip.message import Response, parse_message
from telephony.sip.trunks import TrunkConfig
from telephony.sip.wire import Flow
from tests.unit.telephony.sip.bench import (
    PEER,
    PHONE,
    STRANGER,
    Bench,
    account_of,
    invite,
    reply,
    request,
    statuses,
)

pytestmark = pytest.mark.unit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def register(
    *,
    cseq: int = 1,
    branch: str = "reg",
    user: str = "alice",
    flow: Flow = PHONE,
    contact: str | None = None,
    expires: str = "",
) -> bytes:
    text = request(
        "REGISTER", uri="sip:192.0.2.1", flow=flow, cseq=cseq, branch=branch, call_id="reg", user=user
    )
    text = text.replace(b"To: <sip:192.0.2.1>", f"To: <sip:{user}@192.0.2.1>".encode())
    if contact is not None:
        text = re.sub(rb"Contact: [^\r]*\r\n", contact.encode(), text)
    return text.replace(b"Content-Length", f"{expires}Content-Length".encode())


def test_a_stranger_is_challenged_and_never_becomes_a_call(bench: Bench) -> None:
    (refusal,) = bench.hear(invite(flow=STRANGER), STRANGER)
    assert statuses([refusal]) == [401]
    algorithms = [
        value.partition("algorithm=")[2].partition(",")[0] for value in refusal.values("www-authenticate")
    ]
    assert algorithms == ["SHA-256", "MD5"]
    assert bench.calls == []
    assert len(bench.agent.transactions) == 0


def test_challenges_leave_nothing_behind_and_repeats_get_the_same_tag(bench: Bench) -> None:
    tags = {bench.hear(invite(flow=STRANGER), STRANGER)[0].to.tag for _ in range(3)}
    assert len(tags) == 1
    assert bench.agent.timers.pending() == 0


def test_a_phone_that_chokes_on_sha256_is_shown_md5_alone(bench: Bench) -> None:
    (refusal,) = bench.hear(invite(flow=PHONE, extra={"User-Agent": "baresip v1.0.0 (x86_64/linux)"}), PHONE)
    assert ["MD5" in value for value in refusal.values("www-authenticate")] == [True]


def test_an_account_dials_and_is_named_by_its_account_whatever_its_from_says(bench: Bench) -> None:
    text = invite(flow=PHONE, user="president", extra={"P-Asserted-Identity": "<sip:king@palace>"})
    assert statuses(bench.log_in(text, PHONE)) == [100]
    (call,) = bench.calls
    assert call.source == Source("account", "alice")
    assert call.caller == CallerId("alice", "Peer")


def test_an_account_that_may_not_dial_is_403(bench: Bench) -> None:
    bench.accounts["lamp"] = account_of("lamp", may_dial=False)
    assert statuses(bench.log_in(invite(flow=PHONE), PHONE, "lamp")) == [100, 403]
    assert bench.calls == []


@pytest.mark.parametrize(("user", "password"), [("alice", "guess"), ("nobody", "secret"), ("", "")])
def test_unknown_user_and_wrong_password_look_the_same(bench: Bench, user: str, password: str) -> None:
    (answer,) = bench.log_in(register(), PHONE, user, password)
    assert isinstance(answer, Response)
    assert answer.status == 401
    assert sorted(answer.headers) == sorted(
        ["via", "from", "to", "call-id", "cseq", "www-authenticate", "content-length"]
    )
    assert all("stale" not in value for value in answer.values("www-authenticate"))
    assert bench.kept == []


def test_md5_serves_only_accounts_that_allow_it(bench: Bench) -> None:
    old = {"User-Agent": "baresip v1.0.0"}
    assert statuses(bench.log_in(invite(flow=PHONE, extra=old), PHONE, "alice")) == [100]
    assert statuses(bench.log_in(invite(flow=PHONE, extra=old, call_id="c2", branch="b2"), PHONE, "bob")) == [
        100,
        401,
    ]
    assert statuses(bench.log_in(invite(flow=PHONE, call_id="c3", branch="b3"), PHONE, "bob")) == [100]


def test_an_old_nonce_is_stale(bench: Bench) -> None:
    bench.log_in(register(), PHONE)
    bench.clock.advance(301)
    (answer,) = bench.hear(bench.last_request.replace(b"z9hG4bKxreg", b"z9hG4bKlate"), PHONE)
    assert "stale=true" in (answer.header("www-authenticate") or "")


def test_a_replayed_login_is_stale(bench: Bench) -> None:
    bench.log_in(register(), PHONE)
    (answer,) = bench.hear(bench.last_request.replace(b"z9hG4bKxreg", b"z9hG4bKagain"), PHONE)
    assert statuses([answer]) == [401]
    assert "stale=true" in (answer.header("www-authenticate") or "")


def test_a_nonce_of_another_address_is_no_login(bench: Bench) -> None:
    bench.log_in(register(), PHONE)
    (answer,) = bench.hear(bench.last_request.replace(b"z9hG4bKxreg", b"z9hG4bKmoved"), STRANGER)
    assert statuses([answer]) == [401]
    assert "stale" not in (answer.header("www-authenticate") or "")


def test_credentials_nobody_can_read_are_400(bench: Bench) -> None:
    broken = {"Authorization": 'Digest realm="threadline'}
    assert statuses(bench.hear(invite(flow=PHONE, extra=broken), PHONE)) == [400]


def test_another_scheme_counts_as_no_credentials(bench: Bench) -> None:
    assert statuses(bench.hear(invite(flow=PHONE, extra={"Authorization": "NoOne Is here"}), PHONE)) == [401]


def test_a_call_cancelled_while_the_book_is_read_never_arrives(bench: Bench) -> None:
    waiting: list[Callable[[SipAccount | None], None]] = []
    bench.look_up = lambda username, then: waiting.append(then)  # type: ignore[method-assign]
    assert statuses(bench.log_in(invite(flow=PHONE), PHONE)) == [100]
    cancel = request("CANCEL", flow=PHONE, branch="xone")
    assert statuses(bench.hear(cancel, PHONE)) == [200, 487]
    waiting[0](bench.accounts["alice"])
    assert bench.calls == []


def test_a_trunk_with_a_login_of_its_own_is_asked_for_it() -> None:
    bench = Bench(TrunkConfig("carrier", ("203.0.113.7",), inbound_user="carrier", inbound_password="pw"))
    assert statuses(bench.log_in(invite(), PEER, "carrier", "wrong")) == [100, 401]
    assert statuses(bench.log_in(invite(call_id="c2", branch="b2"), PEER, "carrier", "pw")) == [100]
    assert bench.calls[0].source == Source("trunk", "carrier")
    elsewhere = invite(call_id="c3", branch="b3", flow=STRANGER)
    assert statuses(bench.log_in(elsewhere, STRANGER, "carrier", "pw")) == [100, 401]


def test_a_registered_phone_on_a_trunks_address_is_still_a_phone() -> None:
    bench = Bench(TrunkConfig("local", ("192.0.2.0/24",)))
    bench.log_in(register(), PHONE)
    assert statuses(bench.hear(invite(flow=PHONE), PHONE)) == [401]
    other = PHONE._replace(port=7000)
    assert statuses(bench.hear(invite(flow=other, branch="t"), other)) == [100]
    assert bench.calls[0].source == Source("trunk", "local")


def test_a_trunks_asserted_identity_is_believed_and_privacy_respected(bench: Bench) -> None:
    bench.hear(invite(extra={"P-Asserted-Identity": '"Lan" <sip:+84902222222@carrier>, <tel:+84902222222>'}))
    assert bench.calls[0].caller == CallerId("+84902222222", "Lan")
    bench.hear(invite(call_id="c2", branch="b2", extra={"Privacy": "id;critical"}))
    assert bench.calls[1].caller == CallerId("", None, withheld=True)
    bench.hear(invite(call_id="c3", branch="b3", user="anonymous"))
    assert bench.calls[2].caller.withheld


def test_a_trunk_we_register_at_names_the_dialled_number_in_to() -> None:
    bench = Bench(
        TrunkConfig("carrier", ("203.0.113.7",), host="203.0.113.7", user="acct", password="p", register=True)
    )
    text = invite(uri="sip:acct@192.0.2.1").replace(b"To: <sip:acct@", b"To: <sip:+842812345678@")
    bench.hear(text)
    assert bench.calls[0].dialled == "+842812345678"


def test_a_phone_registers_refreshes_and_leaves(bench: Bench) -> None:
    (ok,) = bench.log_in(register(), PHONE)
    assert ok.values("contact") == ["<sip:alice@192.0.2.33:5062>;expires=3600"]
    assert [(one.username, one.source, one.transport) for one in bench.kept] == [
        ("alice", "192.0.2.33:5062", "udp")
    ]
    (gone,) = bench.log_in(register(cseq=2, branch="bye", expires="Expires: 0\r\n"), PHONE)
    assert gone.values("contact") == []
    assert bench.dropped == [("alice", "sip:alice@192.0.2.33:5062")]


def test_nobody_registers_somebody_else(bench: Bench) -> None:
    assert statuses(bench.log_in(register(user="bob"), PHONE, "alice")) == [403]
    assert bench.kept == []


@pytest.mark.parametrize(
    ("contact", "expires", "status"),
    [
        (None, "Expires: 59\r\n", 423),
        ("Contact: <sip:a@h>;expires=1\r\n", "", 423),
        ("Contact: <sip:a@h>;expires=60\r\n", "", 200),
        ("Contact: *\r\n", "Expires: 0\r\n", 200),
        ("Contact: *\r\n", "Expires: 60\r\n", 400),
        ("Contact: *\r\n", "", 400),
        ("Contact: <tel:+8490>\r\n", "", 400),
        ("", "", 200),
        ("Contact: <sip:a@h>\r\n", "Expires: nonsense\r\n", 200),
        ("Contact: " + ", ".join(f"<sip:a{n}@h>" for n in range(11)) + "\r\n", "", 400),
    ],
)
def test_the_registrars_rules(bench: Bench, contact: str | None, expires: str, status: int) -> None:
    (answer,) = bench.log_in(register(contact=contact, expires=expires), PHONE)
    assert statuses([answer]) == [status]
    if status == 423:
        assert answer.header("min-expires") == "60"


def test_a_star_removes_all_phones_and_an_older_number_none(bench: Bench) -> None:
    bench.log_in(register(cseq=5, contact="Contact: <sip:a@h>, <sip:b@h>;q=0.5\r\n"), PHONE)
    star = register(cseq=4, branch="old", contact="Contact: *\r\n", expires="Expires: 0\r\n")
    assert statuses(bench.log_in(star, PHONE)) == [500]
    assert statuses(
        bench.log_in(register(cseq=5, branch="same", contact="Contact: <sip:a@h>\r\n"), PHONE)
    ) == [500]
    star = register(cseq=6, branch="new", contact="Contact: *\r\n", expires="Expires: 0\r\n")
    assert statuses(bench.log_in(star, PHONE)) == [200]
    assert sorted(bench.dropped) == [("alice", "sip:a@h"), ("alice", "sip:b@h")]


def test_the_preferred_phone_is_listed_first_and_old_ones_expire(bench: Bench) -> None:
    bench.log_in(register(contact="Contact: <sip:a@h>;q=0.2;expires=60, <sip:b@h>;q=0.9\r\n"), PHONE)
    registrar = bench.agent.registrar
    assert [one.contact for one in registrar.bindings("alice", bench.clock.now())] == ["sip:b@h", "sip:a@h"]
    bench.clock.advance(61)
    assert [one.contact for one in registrar.bindings("alice", bench.clock.now())] == ["sip:b@h"]


def test_an_eleventh_phone_takes_the_place_of_the_one_that_expires_first(bench: Bench) -> None:
    for number in range(11):
        contact = f"Contact: <sip:a{number}@h>;expires={1000 - number if number else 100}\r\n"
        bench.log_in(register(cseq=number + 1, branch=f"r{number}", contact=contact), PHONE)
    assert bench.dropped == [("alice", "sip:a0@h")]


def test_a_lost_stream_takes_its_registrations_along(bench: Bench) -> None:
    flow = Flow("tcp", "192.0.2.33", 40000)
    bench.log_in(register(flow=flow), flow)
    assert bench.agent.registrar.account_at(flow) == "alice"
    bench.agent.flow_lost(flow)
    assert bench.agent.registrar.bindings("alice", bench.clock.now()) == []
    assert bench.dropped


def test_registering_upstream_answers_the_challenge_and_refreshes_at_half_time() -> None:
    bench = Bench(
        TrunkConfig(
            "c", (), host="203.0.113.7", user="us", password="pw", register=True, expires_s=600, qualify_s=0
        )
    )
    bench.agent.start()
    first = parse_message(bench.sent[-1][1])
    assert not isinstance(first, Response)
    assert (first.uri, first.to.uri, first.header("expires")) == (
        "sip:203.0.113.7",
        "sip:us@203.0.113.7",
        "600",
    )
    challenge = 'WWW-Authenticate: Digest realm="c", nonce="n", qop="auth"\r\n'
    (second,) = bench.hear(reply(first, 401, extra=challenge))
    assert not isinstance(second, Response)
    assert (second.cseq, second.call_id) == (2, first.call_id)
    assert "response=" in (second.header("authorization") or "")
    ok = reply(second, 200).replace(
        b"Contact: <sip:them@203.0.113.7:5060>",
        f"Contact: {second.headers['contact'][0]};expires=100".encode(),
    )
    bench.hear(ok)
    assert bench.agent.is_trunk_registered("c")
    assert bench.pass_time(49) == []
    assert statuses(bench.pass_time(1.2)) == ["REGISTER"]


def test_registering_upstream_accepts_a_longer_minimum_and_tries_again_after_a_failure() -> None:
    bench = Bench(
        TrunkConfig("c", (), host="203.0.113.7", user="us", password="pw", register=True, expires_s=60)
    )
    bench.agent.start()
    first = parse_message(bench.sent[-1][1])
    assert not isinstance(first, Response)
    (second,) = bench.hear(reply(first, 423, extra="Min-Expires: 300\r\n"))
    assert not isinstance(second, Response)
    assert second.header("expires") == "300"
    assert bench.hear(reply(second, 403)) == []
    assert not bench.agent.is_trunk_registered("c")
    assert statuses(bench.pass_time(2.5))[0] == "REGISTER"
