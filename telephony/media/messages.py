"""What control and media engine say to each other: plain data, one JSON object a message.

On the wire each is `{"type": "<class name>", ...fields}`, one per datagram of a SOCK_SEQPACKET pair or
one per line of a stream. Times are seconds, identifiers UUID strings, audio files raw mu-law at 8 kHz.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

# --- commands: control to engine ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    """Bind an RTP socket (and its RTCP neighbour) for a leg on `host`. Event: Opened, or Refused."""

    leg: str
    host: str


@dataclass(frozen=True, slots=True)
class Aim:
    """Where and how the leg's peer wants its RTP; sent again after every new SDP answer.

    `learn` allows the source to differ from the signalled address within the learning window (a phone
    behind NAT); otherwise packets from elsewhere are counted and dropped.

    With `srtp_suite` (RFC 4568: AES_CM_128_HMAC_SHA1_80 or _32) both ways are SRTP and SRTCP:
    `srtp_local_key` protects what we send, `srtp_remote_key` what the peer sends, each base64 of 30 bytes of
    key and salt. Other keys than before re-key the leg; broken ones are Refused and change nothing.
    """

    leg: str
    host: str
    port: int
    codec: Literal["pcmu", "pcma", "g722"]
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int = 20
    send: bool = True
    receive: bool = True
    learn: bool = True
    srtp_suite: str | None = None
    srtp_local_key: str | None = field(default=None, repr=False)
    srtp_remote_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Play:
    """Play raw mu-law files in order, each once, or the whole list for ever. Replaces what was playing.

    A loop begins `from_s` into it.
    """

    leg: str
    play: int
    files: tuple[str, ...]
    loop: bool = False
    from_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StopPlay:
    leg: str
    play: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """Each leg hears the other from now on, and neither any play. Ends by Unbridge, Hear, Play or Close."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Unbridge:
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Hear:
    """`leg` hears the sum of `sources` from now on (at most 8), and no play; none: silence.

    It says nothing of who hears `leg`: a conference is one Hear for each in it, and whoever is only listened to stays
    in the bridge it is in. Ends by the next Hear, Bridge or Play for `leg`, or its Close; a source that is closed is
    left out.
    """

    leg: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendDigits:
    """RFC 4733 events to the peer."""

    leg: str
    digits: str


@dataclass(frozen=True, slots=True)
class Mute:
    """While `muted`, what the leg says is silence to everybody: peers and recordings. It goes on hearing."""

    leg: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Write what the leg says (left) and what it is sent (right) to a stereo mu-law WAV.

    The header is written first, audio follows within half a second of being heard, the sizes are patched
    at the end; a file cut off by a crash is mended from its length. `max_s`/`silence_s`/`end_key` make it
    a voicemail that ends by itself. Event: RecordingClosed.
    """

    leg: str
    recording: str
    path: str
    max_s: float | None = None
    silence_s: float | None = None
    end_key: str | None = None


@dataclass(frozen=True, slots=True)
class MaskRecording:
    """Silence in the file while `masked`; the time line goes on."""

    leg: str
    recording: str
    masked: bool


@dataclass(frozen=True, slots=True)
class StopRecording:
    leg: str
    recording: str


@dataclass(frozen=True, slots=True)
class Report:
    """Ask how a leg's media fares now. Event: Reported, or Refused."""

    leg: str


@dataclass(frozen=True, slots=True)
class Close:
    """Free the leg; its recordings are closed first. Event: Closed."""

    leg: str


Command: TypeAlias = (
    Open
    | Aim
    | Play
    | StopPlay
    | Bridge
    | Unbridge
    | Hear
    | SendDigits
    | Mute
    | Record
    | MaskRecording
    | StopRecording
    | Report
    | Close
)

Stats: TypeAlias = dict[str, int | float | str | None]

# --- events: engine to control -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    leg: str
    port: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A command could not be done."""

    leg: str
    command: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlayDone:
    leg: str
    play: int
    reason: Literal["finished", "stopped"]


@dataclass(frozen=True, slots=True)
class Digit:
    """One press, once, however many packets told of it."""

    leg: str
    digit: str


@dataclass(frozen=True, slots=True)
class AudioHealth:
    """Inbound audio stopped for `silent_s` (3 s or more), or is back (0)."""

    leg: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class RecordingClosed:
    """`spoken_s` is how long the left channel of a voicemail carried speech, 0 for a recording without `max_s` and
    `silence_s`; `reason`: stopped, leg_closed, silence, max, end_key."""

    leg: str
    recording: str
    seconds: float
    spoken_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Reported:
    """`stats` as in Closed, up to now."""

    leg: str
    stats: Stats


@dataclass(frozen=True, slots=True)
class Closed:
    """A leg is gone.

    `stats` of what came in: packets_in, lost, reordered, jitter_ms, malformed, strangers, forged (SRTP
    packets that failed their check), locked_to, silent_s (how long nothing has come), silences (how often
    that was 3 s or more). Of what went out: packets_out, and as the peer's last RTCP report told, None
    without one: remote_lost (packets), remote_loss (fraction in its last interval), remote_jitter_ms,
    round_trip_ms.
    """

    leg: str
    stats: Stats


@dataclass(frozen=True, slots=True)
class Paced:
    """How late the worker's ticks came in the last second with legs in it (telephony.media.pace); `leg` is empty."""

    leg: str
    counts: list[int]
    sum_s: float
    worst_s: float
    skipped: int


Event: TypeAlias = Opened | Refused | PlayDone | Digit | AudioHealth | RecordingClosed | Reported | Closed

FromWorker: TypeAlias = Event | Paced
"""What a worker process sends; its pace stays with whoever runs the process."""
