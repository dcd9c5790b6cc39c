"""pyVoIP 1.6.8 as a phone one can rely on: its faults as a caller put right from outside.

What is put right: an INVITE answered at once by anything but 100, 180 or 401 hangs it; the INVITE after a
challenge has the branch of the first one, which a server must take for a retransmission; an ACK carries an
invented To tag; every refusal but 404 and 503 is ignored; a retransmitted 200 or a re-INVITE breaks it;
nothing is ever retransmitted; Call-IDs repeat from run to run; received audio can fill the memory.
This module and `worker` are the only ones that import pyVoIP (GPL-3.0), and they run in a process of
their own.
"""

import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyVoIP
from pyVoIP import RTP, SIP
from pyVoIP.VoIP import VoIP

from telephony.dialler.keys import Keyboard
from telephony.dialler.sound import Heard
from telephony.dialler.transmit import Transmitter

T1_S, T2_S, GIVE_UP_S = 0.5, 4.0, 32.0  # RFC 3261 section 17.1.1.1


@dataclass
class Unanswered:
    """A request that is sent again until something comes back."""

    message: str
    first_at: float
    next_at: float
    wait_s: float = T1_S


@dataclass
class Dialled:
    """What we know of an outgoing call beside pyVoIP's own record."""

    number: str
    media: dict[int, Any]
    mode: Any
    challenges: int = 0
    ringing: bool = False
    refusal: tuple[int, str] | None = None


class PatientClient(SIP.SIPClient):
    """The SIP side. Everything about INVITE is handled here, the rest by pyVoIP."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.dialled: dict[str, Dialled] = {}
        self._unanswered: dict[tuple[str, str], Unanswered] = {}
        self.receiving = threading.Event()  # pyVoIP begins to listen a second after registering

    def recv_loop(self) -> None:
        self.receiving.set()
        super().recv_loop()

    def gen_call_id(self) -> str:
        return f"{uuid.uuid4().hex}@{self.myIP}"

    # --- out --------------------------------------------------------------------------------------

    def invite(self, number: str, ms: dict[int, Any], sendtype: Any) -> tuple[Any, str, int]:
        """Sends the INVITE and returns at once; what comes back is handled as it comes."""
        call_id, session = self.gen_call_id(), self.sessID.next()
        self.dialled[call_id] = Dialled(number, ms, sendtype)
        text = self.gen_invite(number, str(session), ms, sendtype, self.gen_branch(), call_id)
        self._send_until_answered("INVITE", call_id, text)
        return SIP.SIPMessage(text.encode()), call_id, session

    def bye(self, request: Any) -> None:
        self._send_until_answered("BYE", request.headers["Call-ID"], self.gen_bye(request))

    def has_ended(self, call_id: str) -> bool:
        """The other side knows that the call is over."""
        return ("BYE", call_id) not in self._unanswered

    def _send_until_answered(self, method: str, call_id: str, text: str) -> None:
        now = time.monotonic()
        self._unanswered[method, call_id] = Unanswered(text, now, now + T1_S)
        self._send(text)

    def send_again(self, now: float) -> None:
        """To be called often: repeats what has gone unanswered for too long."""
        for key, waiting in list(self._unanswered.items()):
            if now - waiting.first_at > GIVE_UP_S:
                self._unanswered.pop(key, None)
            elif now >= waiting.next_at:
                waiting.wait_s = waiting.wait_s * 2 if key[0] == "INVITE" else min(T2_S, waiting.wait_s * 2)
                waiting.next_at = now + waiting.wait_s
                self._send(waiting.message)

    def _send(self, text: str) -> None:
        self.out.sendto(text.encode(), (self.server, self.port))

    # --- in ---------------------------------------------------------------------------------------

    def parse_message(self, message: Any) -> None:
        if message.type == SIP.SIPMessageType.RESPONSE:
            method = message.headers.get("CSeq", {}).get("method")
            self._unanswered.pop((method, message.headers.get("Call-ID")), None)
            if method == "INVITE":
                self._invite_answered(message)
                return
            if method == "BYE":
                return
        elif message.method == "CANCEL":
            self._cancelled(message)
            return
        super().parse_message(message)

    def _invite_answered(self, response: Any) -> None:
        code, call_id = int(response.status), response.headers["Call-ID"]
        dialled, call = self.dialled.get(call_id), self.phone.calls.get(call_id)
        if dialled is None:
            return
        if code < 200:
            dialled.ringing = dialled.ringing or code in (180, 183)
        elif code < 300:
            self._send(self._ack(response, is_success=True))
            if call is not None and call.state == VoIP.CallState.DIALING:
                call.answered(response)
                call.request.headers["Contact"] = f"<{_uri(response.headers['Contact'])}>"
        else:
            self._send(self._ack(response, is_success=False))
            if call is None or response.headers["CSeq"]["check"] != call.request.headers["CSeq"]["check"]:
                return  # once more what was answered already
            if code == 401 and not dialled.challenges:
                self._answer_challenge(response, dialled, call)
            elif dialled.refusal is None:
                dialled.refusal = (code, response.status.phrase)

    def _answer_challenge(self, response: Any, dialled: Dialled, call: Any) -> None:
        """The same call once more, with pyVoIP's own digest and a branch of its own."""
        dialled.challenges += 1
        digest = str(self.gen_authorization(response), "utf8")
        asked = response.authentication
        uri = f"sip:{self.server};transport=UDP"
        proof = (
            f'Authorization: Digest username="{self.username}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{uri}", response="{digest}", algorithm=MD5\r\n'
        )
        call_id = response.headers["Call-ID"]
        text = self.gen_invite(
            dialled.number, call.session_id, dialled.media, dialled.mode, self.gen_branch(), call_id
        ).replace("\r\nContent-Length", f"\r\n{proof}Content-Length", 1)
        call.request = SIP.SIPMessage(text.encode())
        self._send_until_answered("INVITE", call_id, text)

    def _ack(self, response: Any, *, is_success: bool) -> str:
        """RFC 3261 sections 13.2.2.4 (a request of its own) and 17.1.1.3 (part of the INVITE)."""
        headers = response.headers
        target = f"sip:{headers['To']['address']}"
        branch = headers["Via"][0]["branch"]
        if is_success:
            target, branch = _uri(headers.get("Contact", target)), self.gen_branch()
        return (
            f"ACK {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={branch}\r\n"
            "Max-Forwards: 70\r\n"
            f"From: {headers['From']['raw']};tag={headers['From']['tag']}\r\n"
            f"To: {headers['To']['raw']};tag={headers['To']['tag']}\r\n"
            f"Call-ID: {headers['Call-ID']}\r\n"
            f"CSeq: {headers['CSeq']['check']} ACK\r\n"
            "Content-Length: 0\r\n\r\n"
        )

    def give_up(self, call_id: str) -> None:
        """CANCEL of a call that is not answered (RFC 3261 section 9.1): the INVITE's own Via and CSeq."""
        invite = self.phone.calls[call_id].request.headers
        self._unanswered.pop(("INVITE", call_id), None)
        to = f"{invite['To']['raw']}"
        self._send_until_answered(
            "CANCEL",
            call_id,
            f"CANCEL sip:{invite['To']['address']} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={invite['Via'][0]['branch']}\r\n"
            "Max-Forwards: 70\r\n"
            f"From: {invite['From']['raw']};tag={invite['From']['tag']}\r\n"
            f"To: {to}\r\n"
            f"Call-ID: {call_id}\r\n"
            f"CSeq: {invite['CSeq']['check']} CANCEL\r\n"
            "Content-Length: 0\r\n\r\n",
        )

    def _cancelled(self, request: Any) -> None:
        """The caller gave up: 200 to the CANCEL, 487 to the INVITE, which pyVoIP forgets."""
        self._send(self.gen_ok(request))
        call = self.phone.calls.get(request.headers["Call-ID"])
        if call is not None and call.state == VoIP.CallState.RINGING:
            call.state = VoIP.CallState.ENDED
            refusal = self.gen_busy(call.request).replace("486 Busy Here", "487 Request Terminated", 1)
            self._send(refusal)


class KeyedClient(RTP.RTPClient):
    """The RTP side: keys to send, and received audio kept where the worker can write it to a file."""

    def start(self) -> None:
        if hasattr(self, "sin"):  # a re-INVITE starts it a second time
            return
        events = [number for number, kind in self.assoc.items() if kind == RTP.PayloadType.EVENT]
        self.keyboard = Keyboard(events[0]) if events else None
        self.heard = Heard()
        super().start()
        self.sout = Transmitter(self.sin, self.keyboard)  # type: ignore[assignment]  # all pyVoIP calls of it

    def parse_packet(self, packet: bytes) -> None:
        message = RTP.RTPMessage(packet, self.assoc)
        if message.payload_type in (RTP.PayloadType.PCMU, RTP.PayloadType.PCMA):
            is_alaw = message.payload_type == RTP.PayloadType.PCMA
            self.heard.add(message.timestamp, message.payload, is_alaw=is_alaw)
        elif message.payload_type == RTP.PayloadType.EVENT:
            self.parse_telephone_event(message)


class PatientPhone(VoIP.VoIPPhone):
    """A registered phone. The receiving thread is kept out while a call is being set up."""

    sip: PatientClient

    def call(self, number: str) -> Any:
        with self.sip.recvLock:
            return super().call(number)


def install() -> None:
    """Makes pyVoIP use the classes above, in this process."""
    SIP.SIPClient = PatientClient  # type: ignore[misc]
    RTP.RTPClient = KeyedClient  # type: ignore[misc]
    pyVoIP.REGISTER_FAILURE_THRESHOLD = 1
    pyVoIP.TRANSMIT_DELAY_REDUCTION = 1.0  # half the sleep is pyVoIP's, the exact rest the Transmitter's


def make_phone(
    address: tuple[str, int], account: tuple[str, str], our_ip: str, ports: tuple[int, int],
    register_s: float, on_call: Callable[[Any], None] | None = None,
) -> PatientPhone:  # fmt: skip
    """A phone that is not started yet. `ports`: for SIP and for RTP; both must be free."""
    sip_port, rtp_port = ports
    phone = PatientPhone(
        *address, *account, myIP=our_ip, callCallback=on_call, sipPort=sip_port,
        rtpPortLow=rtp_port, rtpPortHigh=rtp_port + (20 if on_call else 0),
    )  # fmt: skip
    phone.sip.register_timeout = register_s  # type: ignore[assignment]  # select takes any number
    phone.sip.default_expires = 3600
    return phone


def _uri(contact: str) -> str:
    """The URI in a Contact header."""
    found = re.search(r"<([^>]*)>", contact)
    return found[1] if found else contact.split(";")[0].strip()
