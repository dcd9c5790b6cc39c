"""A browser's offer (RFC 8829) and our answer: one audio stream of PCMU, and keys as RFC 4733 events. Pure.

No general SDP: the other side is always one of our own pages, and everything that isn't audio is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from telephony.edge.errors import OfferUnreadable

PCMU: Final = 0
OFFER_MAX: Final = 20_000
LINES_MAX: Final = 400
HASHES: Final = frozenset({"sha-256", "sha-384", "sha-512"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """One side's ICE user fragment and password (RFC 8445 section 5.3)."""

    fragment: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrowserOffer:
    """What we need of an offer. `fingerprints`: (hash, value), all of which the certificate must have.

    `dtmf` is the payload type of telephone-event at 8 kHz. The browser's candidates are not kept: it finds us.
    """

    ice: Credentials
    fingerprints: tuple[tuple[str, str], ...]
    mid: str
    dtmf: int | None


def read_offer(text: str) -> BrowserOffer:
    """Raises OfferUnreadable with the reason."""
    if len(text) > OFFER_MAX:
        raise OfferUnreadable("the offer is too long")
    lines = text.replace("\r\n", "\n").split("\n")[:LINES_MAX]
    audio, payloads = _audio_lines(lines)
    if str(PCMU) not in payloads:
        raise OfferUnreadable("the browser offers no PCMU")
    if _value(audio, "setup") not in (None, "actpass", "active"):
        raise OfferUnreadable("the browser wants to be the DTLS server")
    fragment, password = _value(audio, "ice-ufrag"), _value(audio, "ice-pwd")
    if not fragment or not password:
        raise OfferUnreadable("the offer has no ICE credentials")
    fingerprints = tuple(_fingerprints(audio))
    if not fingerprints:
        raise OfferUnreadable("the offer has no fingerprint of a known hash")
    return BrowserOffer(
        Credentials(fragment, password), fingerprints, _value(audio, "mid") or "0", _dtmf(audio)
    )


def _audio_lines(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines that hold for the first audio section, its own before the session's; and its payload types."""
    starts = [at for at, line in enumerate(lines) if line.startswith("m=")]
    for at, start in enumerate(starts):
        words = lines[start].split()
        if words[0] != "m=audio" or len(words) < 4 or words[1] == "0":
            continue
        end = starts[at + 1] if at + 1 < len(starts) else len(lines)
        return [*lines[start + 1 : end], *lines[: starts[0]]], words[3:]
    raise OfferUnreadable("the offer has no audio")


def _value(lines: Iterable[str], name: str) -> str | None:
    start = f"a={name}:"
    return next((line[len(start) :].strip() for line in lines if line.startswith(start)), None)


def _fingerprints(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        if line.startswith("a=fingerprint:"):
            name, _, value = line.removeprefix("a=fingerprint:").strip().partition(" ")
            if name.lower() in HASHES and value:
                yield name.lower(), value.strip().upper()


def _dtmf(lines: Iterable[str]) -> int | None:
    for line in lines:
        number, _, name = line.removeprefix("a=rtpmap:").partition(" ")
        if (
            line.startswith("a=rtpmap:")
            and name.strip().lower() == "telephone-event/8000"
            and number.isdigit()
        ):
            return int(number)
    return None


def make_answer(
    offer: BrowserOffer, ours: Credentials, fingerprint: tuple[str, str], places: Sequence[tuple[str, int]]
) -> str:
    """Our answer. `places` are the addresses that lead to our port, the best first; `fingerprint` (hash, value)."""
    payloads = [PCMU] if offer.dtmf is None else [PCMU, offer.dtmf]
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {offer.mid}",
        f"m=audio 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, payloads))}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{offer.mid}",
        "a=sendrecv",
        "a=msid:threadline audio",
        "a=rtcp-mux",
        "a=rtpmap:0 PCMU/8000",
    ]
    if offer.dtmf is not None:
        lines += [f"a=rtpmap:{offer.dtmf} telephone-event/8000", f"a=fmtp:{offer.dtmf} 0-15"]
    lines += [
        "a=ptime:20",
        "a=maxptime:20",
        f"a=ice-ufrag:{ours.fragment}",
        f"a=ice-pwd:{ours.password}",
        f"a=fingerprint:{fingerprint[0]} {fingerprint[1]}",
        "a=setup:passive",
        *(_candidate(place, *address) for place, address in enumerate(places)),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


def _candidate(place: int, host: str, port: int) -> str:
    """A host candidate; the priority of RFC 8445 section 5.1.2.1, falling with the place in the list."""
    priority = (126 << 24) | ((65535 - place) << 8) | 255
    return f"a=candidate:{place + 1} 1 udp {priority} {host} {port} typ host"
