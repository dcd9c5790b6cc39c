import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media import rtp

pytestmark = pytest.mark.unit

U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFF_FFFF)


@given(st.integers(0, 127), U16, U32, U32, st.binary(max_size=400), st.booleans())
def test_what_is_built_is_parsed_again(
    payload_type: int, seq: int, timestamp: int, ssrc: int, payload: bytes, marker: bool
) -> None:
    packet = rtp.build(payload_type, seq, timestamp, ssrc, payload, marker=marker)
    assert rtp.parse(packet, len(packet)) == (payload_type, marker, seq, timestamp, ssrc, payload)


@given(
    st.lists(U32, max_size=15),
    st.one_of(st.none(), st.binary(max_size=40)),
    st.integers(0, 30),
    st.binary(max_size=200),
)
def test_sources_extension_and_padding_are_taken_off(
    sources: list[int], extension: bytes | None, padding: int, payload: bytes
) -> None:
    first = 0x80 | len(sources) | (0x10 if extension is not None else 0) | (0x20 if padding else 0)
    packet = rtp.HEADER.pack(first, 8, 7, 1600, 99)
    packet += b"".join(source.to_bytes(4, "big") for source in sources)
    if extension is not None:
        words = extension + bytes(-len(extension) % 4)
        packet += rtp.EXTENSION.pack(0xBEDE, len(words) // 4) + words
    packet += payload
    if padding:
        packet += bytes(padding - 1) + bytes([padding])
    parsed = rtp.parse(packet, len(packet))
    assert parsed is not None
    assert parsed.payload == payload


@given(st.binary(max_size=300))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    parsed = rtp.parse(data, len(data))
    assert parsed is None or len(parsed.payload) <= len(data) - rtp.HEADER_SIZE


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80\x00",
        bytes([0x40]) + bytes(171),  # version 1
        bytes([0x8F]) + bytes(20),  # 15 contributing sources, none there
        bytes([0x90]) + bytes(12),  # an extension without its header
        bytes([0x90]) + bytes(11) + b"\x00\x00\xff\xff",  # an extension longer than the packet
        bytes([0xA0]) + bytes(171),  # padding of zero
        bytes([0xA0]) + bytes(170) + b"\xff",  # padding longer than the packet
    ],
)
def test_malformed_packets_are_refused(packet: bytes) -> None:
    assert rtp.parse(packet, len(packet)) is None


def test_only_the_received_size_of_a_larger_buffer_counts() -> None:
    packet = rtp.build(0, 1, 160, 5, b"\x11" * 160)
    buffer = bytearray(2048)
    buffer[: len(packet)] = packet
    parsed = rtp.parse(buffer, len(packet))
    assert parsed is not None
    assert parsed.payload == b"\x11" * 160
