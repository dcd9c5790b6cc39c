"""Session descriptions (RFC 8866) and offer/answer (RFC 3264) for one audio stream: G.711, else G.722.

What we don't understand is skipped on the way in; every media line but the first usable audio line is
answered with port 0, in the order offered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from telephony.sip.errors import SdpRefused
from telephony.sip.sdes import Crypto, Sdes, SrtpKeys, agree_as_answerer, agree_as_offerer, read_crypto

__all__ = ["LocalMedia", "RemoteMedia", "SdpRefused", "answer_offer", "make_offer", "read_answer"]

STATIC_CODECS = {0: "pcmu", 8: "pcma", 9: "g722"}
ENCODINGS = {"pcmu": 0, "pcma": 8, "g722": 9}
CONVERTED = frozenset({"g722"})  # taken where the peer has nothing that we carry as it is
DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
OUR_DTMF_PAYLOAD_TYPE = 101
MAX_LINES = 1000
MAX_CRYPTO_LINES = 16
MAX_STREAMS = 32
MAX_FORMATS = 64
PLAIN, SECURE = "RTP/AVP", "RTP/SAVP"
NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # the old way to say hold, nothing is bound


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our end. `version` rises by one with every changed description of the same `session_id`.

    `sdes` None: no SRTP, because nobody wants it or because others can read the signalling.
    """

    host: str
    port: int
    session_id: int
    version: int
    direction: str = "sendrecv"
    codecs: tuple[str, ...] = tuple(ENCODINGS)
    sdes: Sdes | None = None


@dataclass(frozen=True, slots=True)
class RemoteMedia:
    """The peer's end. `direction` is the peer's own word; `held`: it does not want to hear us now."""

    host: str
    port: int
    codec: str
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int
    direction: str
    held: bool
    srtp: SrtpKeys | None = None  # None: plain RTP


@dataclass(slots=True)
class _Stream:
    """One m= line with what follows it."""

    media: str
    port: int
    protocol: str
    formats: list[str]
    host: str
    direction: str
    maps: dict[int, str] = field(default_factory=dict)
    ptime_ms: int = 20
    cryptos: list[Crypto] = field(default_factory=list)


Agree = Callable[[Iterable[Crypto], Sdes], SrtpKeys | None]


def make_offer(local: LocalMedia) -> bytes:
    """All our codecs, RFC 4733 events, 20 ms; SRTP keys where we have any.

    SRTP that is merely offered goes out as RTP/AVP with keys: a peer without SRTP takes it as plain RTP.
    """
    sdes = local.sdes
    security = (PLAIN, "") if sdes is None else (SECURE if sdes.is_required else PLAIN, sdes.offer_lines())
    return _describe(
        local,
        [
            _audio_lines(
                local,
                [(ENCODINGS[codec], codec) for codec in local.codecs],
                OUR_DTMF_PAYLOAD_TYPE,
                local.direction,
                security,
            )
        ],
    )


def answer_offer(offer: bytes, local: LocalMedia) -> tuple[bytes, RemoteMedia]:
    """Our answer with a single codec: the peer's first that is ours too, G.711 before G.722. Raises SdpRefused."""
    streams = _read(offer)
    chosen, remote = _choose(streams, local.codecs, local.sdes, agree_as_answerer)
    lines: list[str] = []
    for stream in streams:
        if stream is chosen:
            direction = _answer_direction(remote, local.direction)
            security = (stream.protocol, remote.srtp.answer_line() if remote.srtp is not None else "")
            lines.append(
                _audio_lines(
                    local,
                    [(remote.payload_type, remote.codec)],
                    remote.dtmf_payload_type,
                    direction,
                    security,
                )
            )
        else:
            lines.append(f"m={stream.media} 0 {stream.protocol} {' '.join(stream.formats)}\r\n")
    return _describe(local, lines), remote


def read_answer(answer: bytes, sdes: Sdes | None = None) -> RemoteMedia:
    """The peer's answer to our offer, which carried `sdes`. Raises SdpRefused."""
    return _choose(_read(answer), tuple(ENCODINGS), sdes, agree_as_offerer)[1]


def is_ip6(sdp: bytes) -> bool:
    """Does the description want its audio by IPv6? Never raises."""
    return b"\nc=IN IP6 " in sdp


def _answer_direction(remote: RemoteMedia, ours: str) -> str:
    """RFC 3264 section 6.1: we never promise more than the offer left us, nor more than we want."""
    peer_receives = remote.direction in ("sendrecv", "recvonly") and remote.host not in NOWHERE
    peer_sends = remote.direction in ("sendrecv", "sendonly")
    send = peer_receives and ours in ("sendrecv", "sendonly")
    receive = peer_sends and ours in ("sendrecv", "recvonly")
    return {(True, True): "sendrecv", (True, False): "sendonly", (False, True): "recvonly"}.get(
        (send, receive), "inactive"
    )


def _describe(local: LocalMedia, media: list[str]) -> bytes:
    kind = "IP6" if ":" in local.host else "IP4"
    return (
        f"v=0\r\no=threadline {local.session_id} {local.version} IN {kind} {local.host}\r\ns=-\r\n"
        f"c=IN {kind} {local.host}\r\nt=0 0\r\n{''.join(media)}"
    ).encode("utf-8", "replace")


def _audio_lines(
    local: LocalMedia,
    codecs: list[tuple[int, str]],
    dtmf: int | None,
    direction: str,
    security: tuple[str, str],
) -> str:
    """`security` is the protocol and the a=crypto lines."""
    formats = [str(number) for number, _ in codecs]
    attributes = "".join(f"a=rtpmap:{number} {codec.upper()}/8000\r\n" for number, codec in codecs)
    if dtmf is not None:
        formats.append(str(dtmf))
        attributes += f"a=rtpmap:{dtmf} telephone-event/8000\r\na=fmtp:{dtmf} 0-16\r\n"
    protocol, crypto = security
    return (
        f"m=audio {local.port} {protocol} {' '.join(formats)}\r\n"
        f"{attributes}{crypto}a=ptime:20\r\na={direction}\r\n"
    )


def _choose(
    streams: list[_Stream], codecs: tuple[str, ...], sdes: Sdes | None, agree: Agree
) -> tuple[_Stream, RemoteMedia]:
    """The first stream we can take, an encrypted one before a plain one."""
    found: tuple[_Stream, RemoteMedia] | None = None
    for stream in streams:
        if stream.media != "audio" or not stream.port or not stream.host:
            continue
        keys = agree(stream.cryptos, sdes) if sdes is not None else None
        if not _is_welcome(stream.protocol, sdes, keys):
            continue
        numbers = [
            int(name) for name in stream.formats if name.isascii() and name.isdigit() and len(name) <= 3
        ]
        named = [(number, stream.maps.get(number) or STATIC_CODECS.get(number, "")) for number in numbers]
        speech = [(number, name) for number, name in named if name in codecs]
        if not speech:
            continue
        payload_type, codec = min(speech, key=lambda one: one[1] in CONVERTED)
        dtmf = next((number for number, name in named if name == "telephone-event"), None)
        held = stream.direction in ("sendonly", "inactive") or stream.host in NOWHERE
        remote = RemoteMedia(
            stream.host,
            stream.port,
            codec,
            payload_type,
            dtmf,
            stream.ptime_ms,
            stream.direction,
            held,
            keys,
        )
        if keys is not None or sdes is None:
            return stream, remote
        found = found or (stream, remote)
    if found is None:
        raise SdpRefused("no audio stream that we can take")
    return found


def _is_welcome(protocol: str, sdes: Sdes | None, keys: SrtpKeys | None) -> bool:
    """RTP/SAVP needs keys, RTP/AVP can do without them where nothing else is required."""
    if protocol == SECURE:
        return keys is not None
    return protocol == PLAIN and (keys is not None or sdes is None or not sdes.is_required)


def _read(data: bytes) -> list[_Stream]:
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) > MAX_LINES or data.count(b"\nm=") > MAX_STREAMS:
        raise SdpRefused("too many lines")
    streams: list[_Stream] = []
    host, direction = "", "sendrecv"
    for line in lines:
        kind, equals, value = line.strip().partition("=")
        if not equals:
            continue
        if kind == "m":
            streams.append(_media(value, host, direction))
        elif kind == "c":
            address = _address(value)
            if streams:
                streams[-1].host = address
            else:
                host = address
        elif kind == "a" and streams:
            _attribute(streams[-1], value)
        elif kind == "a" and value in DIRECTIONS:
            direction = value
    if not streams:
        raise SdpRefused("no media line")
    return streams


def _media(value: str, host: str, direction: str) -> _Stream:
    parts = value.split()
    if len(parts) < 4:
        raise SdpRefused("a broken media line")
    port = parts[1].partition("/")[0]
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise SdpRefused("a broken media port")
    return _Stream(parts[0].lower(), int(port), parts[2].upper(), parts[3 : 3 + MAX_FORMATS], host, direction)


def _address(value: str) -> str:
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
        raise SdpRefused("a broken connection line")
    return parts[2].partition("/")[0]


def _attribute(stream: _Stream, value: str) -> None:
    if value in DIRECTIONS:
        stream.direction = value
        return
    name, _, rest = value.partition(":")
    if name == "rtpmap":
        number, _, encoding = rest.strip().partition(" ")
        codec, _, clock = encoding.strip().lower().partition("/")
        if number.isascii() and number.isdigit() and len(number) <= 3 and clock in ("8000", "8000/1"):
            stream.maps[int(number)] = codec
    elif name == "crypto":
        crypto = read_crypto(rest) if len(stream.cryptos) < MAX_CRYPTO_LINES else None
        stream.cryptos += [crypto] if crypto is not None else []
    elif name == "ptime":
        whole = rest.strip().partition(".")[0]
        if whole.isascii() and whole.isdigit() and len(whole) <= 3 and 10 <= int(whole) <= 200:
            stream.ptime_ms = int(whole)
