"""SIPp scenarios, put together from steps; each builder returns the XML text of one.

Keywords in [brackets] are SIPp's own; `[service]` is the number that is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.support.rtp import Press, typing, write_pcap

Media = Literal["pcmu", "pcma"]
_PAYLOAD: Final = {"pcmu": 0, "pcma": 8}

_SDP = """\
v=0
o=sipp [pid][call_number] {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {port} RTP/AVP {payload} 101
a=rtpmap:{payload} {codec}/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a={direction}
"""

_UAC_HEAD = """\
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: "{display}" <sip:{user}@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
{to}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:{user}@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
User-Agent: SIPp
"""


@dataclass(frozen=True, slots=True)
class Who:
    """The caller. `challenged` when the server asks for a digest, with these credentials."""

    user: str = "+84901234567"
    display: str = "SIPp"
    challenged: bool = False
    password: str = ""


@dataclass(frozen=True, slots=True)
class Sdp:
    """Our media. `port` is a SIPp keyword or a number that someone else listens on."""

    port: str = "[auto_media_port]"
    codec: Media = "pcmu"
    direction: str = "sendrecv"
    version: int = 1

    def text(self) -> str:
        return _SDP.format(
            version=self.version,
            port=self.port,
            payload=_PAYLOAD[self.codec],
            codec=self.codec.upper(),
            direction=self.direction,
        )


def caller(who: Who, steps: Sequence[str], *, sdp: Sdp | None = None, bye: bool = True) -> str:
    """A call of [service]: INVITE (with digest if challenged), ACK, the steps, BYE.

    `bye=False`: the other side is expected to hang up within a minute.
    """
    sdp = sdp or Sdp()
    parts = [_invite(who, sdp, 1, with_auth=False)]
    if who.challenged:
        parts += [_recv("100", optional=True), '<recv response="401" auth="true"/>', _ack(who, 1)]
        parts += [_invite(who, sdp, 2, with_auth=True)]
    parts += [_recv(code, optional=True) for code in ("100", "180", "183")]
    parts += ['<recv response="200" rrs="true" rtd="true"/>', _ack(who, 2 if who.challenged else 1), *steps]
    parts += [request(who, "BYE", 90), '<recv response="200" crlf="true"/>'] if bye else [_hung_up()]
    return _scenario("caller", parts)


# --- steps of a call ----------------------------------------------------------------------------


def pause(ms: int) -> str:
    return f'<pause milliseconds="{ms}"/>'


def stream(path: Path, *, codec: Media = "pcmu", times: int = 1) -> str:
    """Plays a raw G.711 file. The call's Sdp needs the port `[rtpstream_audio_port]`."""
    name = f"{codec.upper()}/8000"
    return f'<nop><action><exec rtp_stream="{path},{times},{_PAYLOAD[codec]},{name}"/></action></nop>'


def keys(folder: Path, presses: Sequence[Press]) -> str:
    """RFC 4733 events out of a capture that is written to `folder`, and a pause until they are sent.

    SIPp sends captures through a raw socket, so the test must run as root.
    """
    packets = typing(presses)
    path = write_pcap(folder / f"keys-{'-'.join(_name(press) for press in presses)}.pcap", packets)
    action = f'<nop><action><exec play_pcap_audio="{path}"/></action></nop>'
    return action + pause(round(packets[-1].at_s * 1000) + 300)


def _name(press: Press) -> str:
    key = {"*": "star", "#": "pound"}.get(press.key, press.key)
    return f"{key}{press.hold_ms}{press.ending}"


def info(who: Who, key: str, cseq: int) -> str:
    """One key as INFO with application/dtmf-relay."""
    body = f"Signal={key}\nDuration=160\n"
    return request(
        who, "INFO", cseq, f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\n{body}"
    ) + ('<recv response="200"/>')


def hold(
    who: Who, cseq: int, *, direction: str = "sendonly", version: int = 2, sdp: Sdp | None = None
) -> str:
    """A re-INVITE that changes the direction of the audio (`sendrecv` takes the call back)."""
    base = sdp or Sdp()
    changed = Sdp(base.port, base.codec, direction, version)
    body = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{changed.text()}"
    answers = _recv("100", optional=True) + '<recv response="200"/>'
    return request(who, "INVITE", cseq, body) + answers + _ack(who, cseq)


def request(who: Who, method: str, cseq: int, rest: str = "Content-Length: 0\n\n") -> str:
    """Any request within the call."""
    head = _UAC_HEAD.format(display=who.display, user=who.user, to="[last_To:]", cseq=cseq, method=method)
    return _send(f"{method} [next_url] SIP/2.0\n{head}[routes]\n{rest}")


# --- others -------------------------------------------------------------------------------------


def register(who: Who, *, expires_s: int = 60) -> str:
    """A phone that registers with a digest and is done."""

    def one(cseq: int, authentication: str) -> str:
        head = _UAC_HEAD.format(
            display=who.display,
            user=who.user,
            to=f"To: <sip:{who.user}@[remote_ip]>",
            cseq=cseq,
            method="REGISTER",
        )
        return _send(
            f"REGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n{head}{authentication}"
            f"Expires: {expires_s}\nContent-Length: 0\n\n"
        )

    return _scenario(
        "register",
        [one(1, ""), '<recv response="401" auth="true"/>', one(2, _auth(who)), '<recv response="200"/>'],
    )


def answerer(*, ring_ms: int = 100, sdp: Sdp | None = None, refuse: str | None = None) -> str:
    """The called side: rings, answers and waits for BYE; or refuses with a status such as "486 Busy Here"."""
    ringing = '<recv request="INVITE"/>' + _reply("180 Ringing") + pause(ring_ms)
    if refuse:
        return _scenario("refuser", [ringing, _reply(refuse), '<recv request="ACK"/>'])
    answer = _reply(
        "200 OK", f"Content-Type: application/sdp\nContent-Length: [len]\n\n{(sdp or Sdp()).text()}"
    )
    return _scenario(
        "answerer",
        [ringing, answer, '<recv request="ACK" optional="true"/>', '<recv request="BYE"/>', _reply("200 OK")],
    )


def challenging_server(
    user: str, password: str, *, sdp: Sdp, refuse: str | None = None, bye_after_ms: int = 0
) -> str:
    """A server for one phone: REGISTER and INVITE are challenged with 401 (MD5) and checked.

    Every Call-ID is a run of its own, which begins with a REGISTER or with an INVITE. `refuse` answers
    the INVITE so; `bye_after_ms` hangs up from the server's side.
    """
    challenge = _reply(
        "401 Unauthorized",
        'WWW-Authenticate: Digest realm="threadline", nonce="5f3a[call_number]", algorithm=MD5\nContent-Length: 0\n\n',
    )
    check = (
        f'<action><verifyauth assign_to="authentic" username="{user}" password="{password}"/></action></recv>'
        '<nop test="authentic" next="good" hide="true"/>'
    )
    forbidden = _reply("403 Forbidden") + '<nop next="end"/>'
    granted = _reply("200 OK", "Contact: <sip:[local_ip]:[local_port]>\nContent-Length: 0\n\n")
    calling = _calling(sdp, refuse, bye_after_ms)
    parts = [
        '<recv request="REGISTER" optional="true" next="register"/>',
        '<recv request="INVITE"/>',
        challenge,
        '<recv request="ACK" optional="true"/>',
        f'<recv request="INVITE">{check.replace("good", "call")}{forbidden}',
        f'<label id="call"/>{calling}<nop next="end"/>',
        f'<label id="register"/>{challenge}',
        f'<recv request="REGISTER">{check}{forbidden}',
        f'<label id="good"/>{granted}<label id="end"/><pause milliseconds="1"/>',
    ]
    return _scenario("server", parts)


def _calling(sdp: Sdp, refuse: str | None, bye_after_ms: int) -> str:
    if refuse:
        return _reply("180 Ringing") + _reply(refuse) + '<recv request="ACK"/>'
    contact = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n"
    body = f"{contact}Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp.text()}"
    answered = _reply("100 Trying") + _reply("180 Ringing") + pause(200) + _reply("200 OK", body)
    if not bye_after_ms:
        return answered + '<recv request="ACK"/><recv request="BYE"/>' + _reply("200 OK")
    names = "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}:" assign_to="{name}"/>' for name in ("From", "To")
    )
    bye = _send(
        "BYE sip:phone SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From:[$To]\nTo:[$From]\nCall-ID: [call_id]\nCSeq: 1 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n"
    )
    ack = f'<recv request="ACK"><action>{names}</action></recv>'
    return answered + ack + pause(bye_after_ms) + bye + '<recv response="200"/>'


# --- pieces -------------------------------------------------------------------------------------


def _scenario(name: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n{body}\n</scenario>\n'


def _send(message: str) -> str:
    retrans = "" if message.startswith(("ACK", "SIP/2.0 1")) else ' retrans="500"'
    return f"<send{retrans}><![CDATA[\n{message}]]></send>\n"


def _recv(code: str, *, optional: bool) -> str:
    return f'<recv response="{code}" optional="{str(optional).lower()}"/>'


def _invite(who: Who, sdp: Sdp, cseq: int, *, with_auth: bool) -> str:
    head = _UAC_HEAD.format(
        display=who.display,
        user=who.user,
        to="To: <sip:[service]@[remote_ip]:[remote_port]>",
        cseq=cseq,
        method="INVITE",
    )
    return _send(
        f"INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n{head}{_auth(who) if with_auth else ''}"
        f"Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp.text()}"
    )


def _auth(who: Who) -> str:
    return f"[authentication username={who.user} password={who.password}]\n"


def _ack(who: Who, cseq: int) -> str:
    return request(who, "ACK", cseq)


def _reply(status: str, rest: str = "Content-Length: 0\n\n") -> str:
    tag = "" if status.startswith("100") else ";tag=[pid]SIPpTag[call_number]"
    head = f"[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n"
    contact = "" if "Contact:" in rest else "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n"
    return f"<send><![CDATA[\nSIP/2.0 {status}\n{head}{contact}{rest}]]></send>\n"


def _hung_up() -> str:
    return '<recv request="BYE" timeout="60000"/>' + _reply("200 OK")
