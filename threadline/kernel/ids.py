"""Identifiers: UUIDv7 outside, NewTypes inside, so that a call is never passed as a thread."""

import os
from datetime import datetime
from typing import NewType
from uuid import UUID

CallId = NewType("CallId", UUID)
LegId = NewType("LegId", UUID)
AgentId = NewType("AgentId", UUID)
ContactId = NewType("ContactId", UUID)
ThreadId = NewType("ThreadId", UUID)
ReservationId = NewType("ReservationId", UUID)
RecordingId = NewType("RecordingId", UUID)


def agent_id(written: object) -> AgentId | None:
    """The agent somebody named, in a flow or a setting; None where that is no id."""
    try:
        return AgentId(UUID(str(written)))
    except ValueError:
        return None


def uuid7(now: datetime) -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    millis = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = int.from_bytes(os.urandom(10), "big")
    value = millis << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62 | (noise & (1 << 62) - 1)
    return UUID(int=value)
