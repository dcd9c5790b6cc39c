"""The leg of a SIP phone or trunk: a SIP dialog on one side, an RTP leg of the media engine on the other."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from telephony.legs.base import (
    LAST_WORDS_S,
    Answered,
    AskedToYield,
    Emit,
    HeldByPeer,
    HungUp,
    KeyPressed,
    Media,
    Refused,
    Ringing,
    SentOn,
)
from telephony.media import messages as media
from telephony.sip.referrals import Referral
from telephony.sip.sdes import Sdes, SrtpPolicy
from telephony.sip.sdp import (
    LocalMedia,
    RemoteMedia,
    SdpRefused,
    answer_offer,
    is_ip6,
    make_offer,
    read_answer,
)
from telephony.sip.server import CallerId, IncomingCall, OutgoingCall, SipCall, SipServer, Target
from threadline.kernel.ids import CallId, LegId

if TYPE_CHECKING:
    from telephony.line import Yielded

CODECS: Final[Mapping[str, Literal["pcmu", "pcma", "g722"]]] = {
    "pcmu": "pcmu",
    "pcma": "pcma",
    "g722": "g722",
}


@dataclass(frozen=True, slots=True)
class MediaAddress:
    """Where RTP sockets are bound, and the address phones are told to send to; for IPv6 peers the second pair.

    Without one they get the first, whatever its kind.
    """

    bind: str
    public: str
    bind6: str | None = None
    public6: str | None = None

    def for_peer(self, *, is_ip6: bool) -> tuple[str, str]:
        """What to bind, and what to say."""
        if is_ip6 and self.bind6 is not None and self.public6 is not None:
            return self.bind6, self.public6
        return self.bind, self.public


class SipLeg:
    """One dialog and its sound. Implements telephony.legs.base.Leg and the SIP server's CallHandler."""

    kind = "sip"
    last_words_s = LAST_WORDS_S

    def __init__(
        self,
        leg: LegId,
        peer: str,
        engine: Media,
        address: MediaAddress,
        emit: Emit,
        near: LegId | None = None,
    ) -> None:
        """`near` is the leg this one is to be bridged with."""
        self.id = leg
        self.peer = peer
        self._engine = engine
        self._address = address
        self._emit = emit
        self._near = None if near is None else str(near)
        self._incoming: IncomingCall | None = None
        self._outgoing: OutgoingCall | None = None
        self._local: LocalMedia | None = None
        self._answer: bytes | None = None
        self._held = False
        self._is_answered = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Nothing more comes of this leg, whoever ended it."""
        return self._is_over

    @property
    def has_media(self) -> bool:
        """The engine carries it, and has a last word to say when it is closed."""
        return self._local is not None

    @property
    def sip_call(self) -> str:
        """The Call-ID its messages carry; empty before there is any."""
        call = self._call()
        return "" if call is None else call.call_id

    def emit_to(self, emit: Emit) -> None:
        """Whoever made the leg before its call tells here where events go."""
        self._emit = emit

    def beside(self, leg: LegId) -> None:
        """The leg this one is to be bridged with, where that is known only later; before its media is opened."""
        self._near = str(leg)

    # --- set-up ----------------------------------------------------------------------------------

    def take(self, call: IncomingCall) -> None:
        """Becomes the handler of an incoming call, in the very callback that announced it."""
        self._incoming = call
        call.handler = self

    async def prepare(self) -> None:
        """Opens the media of an incoming leg and agrees on a codec; those of one that was dialled or taken over are there.

        Raises SdpRefused when no codec is common, NoPorts or EngineLost when there is no media to be had.
        """
        if self._local is not None:
            return
        assert self._incoming is not None
        sdp = self._incoming.sdp
        await self._open_media(self._incoming.srtp, is_ip6=sdp is not None and is_ip6(sdp))
        if self._is_over:
            self._engine.send(
                media.Close(str(self.id))
            )  # the caller gave up before there was anything to close
            return
        if sdp is not None:
            self._answer, remote = answer_offer(sdp, self._our_media())
            self._aim(remote)

    async def dial(
        self, sip: SipServer, target: Target, caller: CallerId, headers: Mapping[str, str] | None = None
    ) -> None:
        """Rings somebody; Ringing, Answered or Refused follow. Raises NoPorts or EngineLost."""
        await self._open_media(sip.srtp_for(target), is_ip6=sip.is_ip6(target))
        if self._is_over:
            self._engine.send(media.Close(str(self.id)))
            return
        self._outgoing = sip.place_call(target, make_offer(self._our_media()), caller, self, headers or {})

    async def _open_media(self, srtp: SrtpPolicy, *, is_ip6: bool) -> None:
        bind, public = self._address.for_peer(is_ip6=is_ip6)
        port = await self._engine.open(str(self.id), bind, self._near)
        sdes = None if srtp == "off" else Sdes.fresh(is_required=srtp == "required")
        self._local = LocalMedia(public, port, session_id=secrets.randbits(48), version=1, sdes=sdes)

    def _our_media(self) -> LocalMedia:
        assert self._local is not None
        return self._local

    async def take_from(self, other: "SipLeg") -> bool:
        """Goes on with the dialog of an answered leg, on media of its own (re-INVITE); the other is over.

        False: that one ended meanwhile. Raises NoPorts or EngineLost, and then changes nothing.
        """
        before = other._our_media()
        srtp: SrtpPolicy = "off"
        if before.sdes is not None:
            srtp = "required" if before.sdes.is_required else "offered"
        await self._open_media(srtp, is_ip6=":" in before.host)
        call = other._call()
        if other.is_over or call is None:
            self._finish()
            return False
        other._finish()
        call.handler = self
        self.on_replaced(call)
        call.reinvite(make_offer(self._our_media()))
        return True

    def send_on(self, referral: Referral) -> None:
        """The phone said in another of its calls what it wants with this one."""
        self._emit(SentOn(self.id, referral.target, referral))

    def ask_to_yield(self, to: CallId, reply: "Callable[[Yielded], None]") -> None:
        """Asks the call of this leg for the party it connects it with, for the call `to`."""
        self._emit(AskedToYield(self.id, to, reply))

    # --- what a call does with its leg ---------------------------------------------------------------

    def tell_who(self, name: str) -> None:
        """Shows a caller whom he calls, where his phone can."""
        if self._incoming is not None:
            self._incoming.tell_who(name)

    def ring(self, *, early_media: bool) -> None:
        if self._incoming is not None and not self._is_answered and not self._is_over:
            self._incoming.ring(self._answer if early_media else None)

    def answer(self) -> None:
        if self._incoming is None or self._is_answered or self._is_over:
            return
        self._is_answered = True
        self._incoming.answer(self._answer or make_offer(self._our_media()))

    def reject(self, code: int, reason: str) -> None:
        if self._incoming is None or self._is_answered or self._is_over:
            return
        self._incoming.reject(code, reason)
        self._finish()

    def hang_up(self, reason: str) -> None:
        if self._is_over:
            return
        if self._incoming is not None and not self._is_answered:
            self._incoming.reject(480, "Temporarily Unavailable")
        elif self._outgoing is not None and not self._is_answered:
            self._outgoing.cancel(reason)
        elif (call := self._call()) is not None:
            call.bye(reason)
        self._finish()

    def _call(self) -> SipCall | None:
        return self._incoming or self._outgoing

    def _finish(self) -> None:
        self._is_over = True
        self._engine.send(media.Close(str(self.id)))

    # --- CallHandler: what the SIP server tells ---------------------------------------------------------

    def on_ringing(self, sdp: bytes | None) -> None:
        """Early media is aimed at once; what we can't understand of it only rings."""
        try:
            if sdp is not None and not self._is_over:
                self._aim(read_answer(sdp, self._our_media().sdes))
        except SdpRefused:
            sdp = None
        self._emit(Ringing(self.id, early_media=sdp is not None))

    def on_answered(self, sdp: bytes | None) -> None:
        self._is_answered = True
        try:
            self._aim(read_answer(sdp or b"", self._our_media().sdes))
        except SdpRefused as exc:
            self.hang_up("no common codec")
            self._emit(Refused(self.id, 488, str(exc)))
            return
        self._emit(Answered(self.id))

    def on_failed(self, code: int, reason: str) -> None:
        if not self._is_over:
            self._finish()
            self._emit(Refused(self.id, code, reason))

    def on_cancelled(self) -> None:
        self._gone("cancelled")

    def on_acked(self, sdp: bytes | None) -> None:
        if sdp is not None and self._answer is None:
            self.on_reanswered(sdp)

    def on_offer(self, sdp: bytes | None) -> bytes:
        """A re-INVITE: hold, resume, a moved address. SdpRefused goes back as 488 and changes nothing."""
        self._local = replace(self._our_media(), version=self._our_media().version + 1)
        if sdp is None:
            return make_offer(self._local)
        answer, remote = answer_offer(sdp, self._local)
        self._aim(remote)
        self._note_hold(remote.held)
        return answer

    def on_reanswered(self, sdp: bytes) -> None:
        try:
            remote = read_answer(sdp, self._our_media().sdes)
        except SdpRefused:
            self.hang_up("no common codec")
            self._emit(HungUp(self.id, "no_common_codec"))
            return
        self._aim(remote)
        self._note_hold(remote.held)

    def on_digit(self, digit: str) -> None:
        self._emit(KeyPressed(self.id, digit))

    def on_refer(self, referral: Referral) -> None:
        self.send_on(referral)

    def on_replaced(self, call: SipCall) -> None:
        """Another phone of the account took the call over."""
        self._is_answered = True
        self._incoming = call if isinstance(call, IncomingCall) else None
        self._outgoing = call if isinstance(call, OutgoingCall) else None

    def on_ended(self, reason: str) -> None:
        self._gone(reason)

    def on_media_lost(self) -> None:
        """The engine that carried this leg died: the call can't go on."""
        if self._is_over:
            return
        self.hang_up("media engine lost")
        self._emit(HungUp(self.id, "media_engine_lost"))

    def _gone(self, reason: str) -> None:
        if not self._is_over:
            self._finish()
            self._emit(HungUp(self.id, reason))

    def _note_hold(self, held: bool) -> None:
        if held != self._held:
            self._held = held
            self._emit(HeldByPeer(self.id, held))

    def _aim(self, remote: RemoteMedia) -> None:
        keys = remote.srtp
        self._engine.send(
            media.Aim(
                leg=str(self.id), host=remote.host, port=remote.port, codec=CODECS[remote.codec],
                payload_type=remote.payload_type, dtmf_payload_type=remote.dtmf_payload_type,
                ptime_ms=remote.ptime_ms,
                send=remote.direction in ("sendrecv", "recvonly"),
                receive=remote.direction in ("sendrecv", "sendonly"),
                srtp_suite=keys.suite if keys is not None else None,
                srtp_local_key=keys.local_key if keys is not None else None,
                srtp_remote_key=keys.remote_key if keys is not None else None,
            )
        )  # fmt: skip
