"""The messages of one call for people: as a ladder of text, and as a pcap file for Wireshark. Pure.

Both are made from what `ring` kept, so credentials and media keys are gone already; bodies come only when asked.
"""

import ipaddress
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from telephony.sip.ring import Traced
from telephony.sip.wire import Flow

COLUMN: Final = 34
MARGIN: Final = 10
MAX_LABEL: Final = COLUMN - 6
RAW_IP: Final = 101  # LINKTYPE_RAW: packets begin with their IP header
SNAP: Final = 65_535
MAX_PAYLOAD: Final = 65_000
UDP: Final = 17

Stories = Mapping[str, Sequence[Traced]]


def in_order(stories: Stories) -> list[tuple[str, Traced]]:
    """All messages with their Call-ID, the first first."""
    return sorted(
        ((name, one) for name, messages in stories.items() for one in messages), key=lambda pair: pair[1].at
    )


def draw_ladder(stories: Stories, *, bodies: bool = False) -> str:
    """Arrows between us and each peer, then every message in full. Times in seconds from the first message."""
    messages = in_order(stories)
    if not messages:
        return "No SIP messages of this call are kept any more.\n"
    peers = list(dict.fromkeys(one.flow for _, one in messages))
    begin = messages[0][1].at
    lines = [_heads(peers), _rails(len(peers))]
    lines += [
        _arrow(one, peers.index(one.flow), len(peers), f"{one.at - begin:8.3f}  ") for _, one in messages
    ]
    lines += ["", f"{len(messages)} messages, {len(stories)} dialogs"]
    for number, (_, one) in enumerate(messages, 1):
        way = f"to {_peer(one.flow)}" if one.is_ours else f"from {_peer(one.flow)}"
        lines += ["", f"--- {number}: {one.at - begin:.3f} s, {way}", _text(one.data, bodies=bodies)]
    return "\n".join(lines) + "\n"


def write_pcap(stories: Stories, ours: tuple[str, int], epoch: float, *, bodies: bool = False) -> bytes:
    """The messages as UDP packets, whatever carried them; streams and TLS too, in clear.

    `ours` is our address and port; `epoch` what to add to a message's time for Unix seconds.
    """
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAP, RAW_IP)]
    for _, one in in_order(stories):
        peer = (one.flow.host, one.flow.port)
        source, target = (ours, peer) if one.is_ours else (peer, ours)
        packet = _packet(source, target, _shown(one.data, bodies=bodies)[:MAX_PAYLOAD])
        seconds, micros = divmod(round((one.at + epoch) * 1_000_000), 1_000_000)
        parts.append(struct.pack("<IIII", seconds & 0xFFFFFFFF, micros, len(packet), len(packet)) + packet)
    return b"".join(parts)


# --- text -----------------------------------------------------------------------------------------------


def _peer(flow: Flow) -> str:
    return f"{flow} {flow.transport}"


def _heads(peers: Sequence[Flow]) -> str:
    names = ["threadline", *map(_peer, peers)]
    return " " * MARGIN + "".join(name[: COLUMN - 2].ljust(COLUMN) for name in names).rstrip()


def _rails(peers: int) -> str:
    return " " * MARGIN + ("|" + " " * (COLUMN - 1)) * peers + "|"


def _arrow(one: Traced, peer: int, peers: int, time: str) -> str:
    """One step of the ladder; the arrow crosses the rails of peers in between."""
    rails = list(_rails(peers))
    begin, end = MARGIN + 1, MARGIN + (peer + 1) * COLUMN - 1
    label = f" {_label(one.data)} "
    span = label.center(end - begin + 1, "-")
    span = f"{span[:-1]}>" if one.is_ours else f"<{span[1:]}"
    rails[begin : end + 1] = span
    return time + "".join(rails)[MARGIN:]


def _label(data: bytes) -> str:
    """`INVITE`, or `200 OK (INVITE)`."""
    start, _, rest = _clean(data).partition("\n")
    words = start.split(" ")
    if words[0] != "SIP/2.0":
        return words[0][:MAX_LABEL]
    cseq = next((line for line in rest.split("\n") if line.lower().startswith("cseq:")), "")
    method = cseq.split(" ")[-1] if cseq else "?"
    return f"{' '.join(words[1:])[: MAX_LABEL - 12]} ({method[:9]})"


def _text(data: bytes, *, bodies: bool) -> str:
    return _clean(_shown(data, bodies=bodies)).rstrip()


def _clean(data: bytes) -> str:
    """Text a terminal can be shown: a peer's control characters stay out of it."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(char if char.isprintable() or char == "\n" else "·" for char in text)


def _shown(data: bytes, *, bodies: bool) -> bytes:
    head, blank, _ = data.partition(b"\r\n\r\n")
    return data if bodies else head + blank


# --- packets --------------------------------------------------------------------------------------------


def _packet(source: tuple[str, int], target: tuple[str, int], payload: bytes) -> bytes:
    """An IP packet around a UDP datagram; v6 when either end is."""
    ends = (_address(source[0]), _address(target[0]))
    size = 8 + len(payload)
    udp = struct.pack(">HHHH", source[1] & 0xFFFF, target[1] & 0xFFFF, size, 0) + payload
    if any(one.version == 6 for one in ends):
        addresses = b"".join(_as_v6(one) for one in ends)
        pseudo = addresses + struct.pack(">II", size, UDP)
        udp = udp[:6] + struct.pack(">H", _checksum(pseudo + udp) or 0xFFFF) + payload
        return struct.pack(">IHBB", 6 << 28, size, UDP, 64) + addresses + udp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0, 64, UDP, 0) + b"".join(
        one.packed for one in ends
    )
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + udp


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A name that was never resolved is shown as 0.0.0.0."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ipaddress.IPv4Address(0)


def _as_v6(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return address.packed if address.version == 6 else b"\x00" * 10 + b"\xff\xff" + address.packed


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data + b"\x00" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
