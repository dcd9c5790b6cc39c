"""Digits carried by INFO: `application/dtmf-relay` (Signal=, Duration=) and `application/dtmf`."""

DIGITS = frozenset("0123456789*#ABCD")
EVENTS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}


def read_digit(content_type: str, body: bytes) -> str | None:
    """The pressed key, or None when the body names none."""
    text = body[:1000].decode("ascii", "replace")
    signal = text if content_type == "application/dtmf" else ""
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() == "signal":
            signal = value
            break
    signal = signal.strip().upper()
    signal = EVENTS.get(signal, signal)
    return signal if signal in DIGITS else None
