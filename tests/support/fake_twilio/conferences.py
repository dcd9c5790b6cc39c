"""Conferences at Twilio: who is in, muted or coaching, hears what he should, every 20 ms."""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tests.support.audio import mulaw_decode, mulaw_encode

if TYPE_CHECKING:
    from tests.support.fake_twilio.caller import FakeCaller
    from tests.support.fake_twilio.calls import FakeTwilioCalls

FRAME: Final = 160
FRAME_S: Final = 0.02
SILENCE: Final = b"\xff" * FRAME


@dataclass
class Seat:
    """`coaches` is the call that alone hears him."""

    is_muted: bool
    coaches: str | None

    def change(self, form: dict[str, str]) -> None:
        """As an update of the participant says."""
        if "Muted" in form:
            self.is_muted = form["Muted"] == "true"
        if "Coaching" in form:
            self.coaches = form.get("CallSidToCoach") if form["Coaching"] == "true" else None


class Conference:
    """Begins with the first who comes and ends with the last who goes."""

    def __init__(self, twilio: "FakeTwilioCalls", name: str) -> None:
        self.name = name
        self.sid = twilio.sid("CF")
        self.seats: dict[FakeCaller, Seat] = {}
        self._twilio = twilio
        self._mixing: asyncio.Task[None] | None = None

    async def attend(self, caller: "FakeCaller", noun: dict[str, str]) -> None:
        """Until he is led elsewhere or hangs up. `noun`: the attributes of his document."""
        coaches = noun.get("coach")
        assert coaches is None or any(one.state.sid == coaches for one in self.seats), "nobody to coach"
        self.seats[caller] = Seat(noun.get("muted") == "true", coaches)
        if self._mixing is None:
            self._mixing = asyncio.get_running_loop().create_task(self._mix())
        if "join" in noun.get("statusCallbackEvent", "").split():
            told = {
                "ConferenceSid": self.sid, "FriendlyName": self.name, "StatusCallbackEvent": "participant-join"
            }  # fmt: skip
            self._twilio.spawn(self._twilio.post(noun["statusCallback"], caller.form(**told)))
        try:
            await asyncio.Event().wait()
        finally:
            del self.seats[caller]
            if not self.seats:
                self._mixing.cancel()
                self._twilio.conferences.pop(self.name, None)

    async def _mix(self) -> None:
        begun, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, begun + number * FRAME_S - time.monotonic()))
            said = {one: one.says() if len(self.seats) > 1 else SILENCE for one in self.seats}
            for one in self.seats:
                one.hears(mixed([said[other] for other in self._heard_by(one)]), said[one])

    def _heard_by(self, listener: "FakeCaller") -> list["FakeCaller"]:
        return [
            one for one, seat in self.seats.items()
            if one is not listener and not seat.is_muted and seat.coaches in (None, listener.state.sid)
        ]  # fmt: skip


def mixed(frames: list[bytes]) -> bytes:
    """All of them at once."""
    loud = [frame for frame in frames if frame != SILENCE]
    if len(loud) < 2:
        return loud[0] if loud else SILENCE
    return mulaw_encode(np.clip(sum(mulaw_decode(frame) for frame in loud), -1, 1))
