"""Who is in a call besides the customer and the agent whose call it is: asked aside, added to the talk, supervisors."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from telephony.callee import Callee, dial, leg_to
from telephony.errors import ControlRefused
from telephony.line import Line, Phone
from telephony.media.linear import SPEAKERS_MAX
from telephony.room import Mode
from telephony.screening import Screening, Whisper, screening
from threadline.kernel.events import CallEventKind, Json
from threadline.kernel.ids import AgentId, LegId

RING_S: Final = 30.0
RING: Final = "ring "  # a deadline's name, before the leg's
Role: TypeAlias = Literal["consulted", "guest", "supervisor"]
TALKS: Final = (Mode.TALK, Mode.BARGE)


@dataclass(slots=True)
class Companion:
    """One of them. `by`: who asked for him. `is_joined` once he answered, `is_away` while his phone holds or is lost."""

    leg: Phone
    name: str
    agent: AgentId | None
    role: Role
    mode: Mode
    by: AgentId | None
    screening: Screening | None = None
    is_joined: bool = False
    is_away: bool = False


class Company:
    """All of them, in the order they were rung. Every change is in the ledger."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._all: dict[LegId, Companion] = {}

    def __iter__(self) -> Iterator[Companion]:
        return iter(tuple(self._all.values()))

    def at(self, leg: LegId) -> Companion | None:
        return self._all.get(leg)

    def of(self, agent: AgentId) -> Companion | None:
        """Where this agent is one of them."""
        return next((one for one in self._all.values() if one.agent == agent), None)

    @property
    def consulted(self) -> Companion | None:
        """Who is asked aside, or rung for that."""
        return next((one for one in self._all.values() if one.mode is Mode.CONSULT), None)

    @property
    def talkers(self) -> list[Companion]:
        """Those who talk with the customer; agents first, supervisors last."""
        found = [one for one in self._all.values() if one.is_joined and one.mode in TALKS]
        return sorted(found, key=lambda one: (one.role == "supervisor", one.agent is None))

    @property
    def is_only_supervisors(self) -> bool:
        """Nobody is asked aside, rung or added."""
        return all(one.role == "supervisor" for one in self._all.values())

    def seated(self) -> dict[LegId, Mode]:
        """Those on the line, for telephony.room."""
        return {one.leg.id: one.mode for one in self._all.values() if one.is_joined and not one.is_away}

    async def invite(self, callee: Callee, role: Role, mode: Mode, by: AgentId | None) -> Companion:
        """Rings somebody; a supervisor asked for it himself. Raises ControlRefused: full."""
        if len(self._all) + 2 >= SPEAKERS_MAX:
            raise ControlRefused("full", "No more people fit into this call.")
        line = self._line
        leg = leg_to(line, callee)
        why: Whisper = "own" if role == "supervisor" else "consult"
        asked = await screening(line.house, why) if callee.is_screened else None
        one = self._all[leg.id] = Companion(leg, callee.name, callee.agent, role, mode, by, asked)
        line.deadlines[RING + str(leg.id)] = line.house.clock.now() + timedelta(seconds=RING_S)
        self._note(one, "ringing")
        await dial(line, leg, callee, line.customer.peer, takes_itself=role == "supervisor")
        return one

    def join(self, one: Companion) -> None:
        """He answered."""
        self._line.deadlines.pop(RING + str(one.leg.id), None)
        self._line.leg_answered(one.leg.id)
        one.is_joined = True
        self._note(one, "joined")

    def change(self, one: Companion, mode: Mode, role: Role) -> None:
        one.mode, one.role = mode, role
        self._note(one, "changed")

    def promote(self, one: Companion) -> None:
        """From now on the call is his, or he is rung to have it: none of the company any more."""
        self._line.deadlines.pop(RING + str(one.leg.id), None)
        del self._all[one.leg.id]
        self._note(one, "changed", role="agent")

    def lose(self, one: Companion, reason: str) -> None:
        """His part is over; a leg that isn't yet is hung up. `reason` as in CallEventKind.PARTY."""
        self._line.deadlines.pop(RING + str(one.leg.id), None)
        self._all.pop(one.leg.id, None)
        one.leg.hang_up(reason)
        self._line.leg_ended(one.leg.id, reason)
        self._note(one, "left" if one.is_joined else "refused", reason=reason)

    def lose_all(self, reason: str) -> None:
        for one in tuple(self._all.values()):
            self.lose(one, reason)

    def _note(
        self, one: Companion, state: str, *, role: str | None = None, reason: str | None = None
    ) -> None:
        facts: Json = described(one)
        if role is not None:
            facts["role"] = role
        self._line.note(CallEventKind.PARTY, **{**facts, "state": state, "reason": reason})


def described(one: Companion) -> Json:
    """As `GET /api/calls/{id}/parties` shows him."""
    return {
        "party": str(one.leg.id),
        "agent": None if one.agent is None else str(one.agent),
        "name": one.name,
        "role": one.role,
        "state": "talking" if one.is_joined else "ringing",
        "mode": one.mode.value,
        "by": None if one.by is None else str(one.by),
    }
