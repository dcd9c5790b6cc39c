"""What one test call is to do, and what became of it: plain data between the command and its worker."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Final, Literal

from threadline.kernel.errors import Invalid

KEYS: Final = "0123456789*#ABCD"


class Exit(IntEnum):
    """Exit codes of `threadline call`."""

    ANSWERED = 0
    BROKEN = 1  # the worker itself failed
    NOT_ANSWERED = 2  # busy, refused, rang too long
    NOT_REGISTERED = 3
    USAGE = 4


class PlanUnreadable(Invalid):
    """The call can't be made like this."""


@dataclass(frozen=True, slots=True)
class Server:
    """The registrar, which is also whom every call goes to."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Server":
        """From HOST:PORT, or HOST alone for 5060. Raises PlanUnreadable."""
        host, _, port = text.strip().partition(":")
        if not host or (port and not port.isdigit()) or not 0 < int(port or 5060) < 65536:
            raise PlanUnreadable(f"--server {text!r} is not HOST:PORT, for example 127.0.0.1:5060")
        return cls(host, int(port or 5060))


@dataclass(frozen=True, slots=True)
class Plan:
    """One phone and what it does. Times are seconds; `*_after_s` counts from the answer.

    `number` None: the phone does not dial but answers who calls it, one call after the other, until its
    worker is terminated. `say` and `save` are paths of WAV files (or raw mu-law at 8 kHz, ending `.ulaw`).
    The call is ended after `stay_s`, or `hang_up_when_done` with the last key pressed and word said.
    """

    server: Server
    user: str
    password: str
    number: str | None
    keys: str = ""
    press_after_s: float = 2.0
    press_gap_s: float = 2.0
    say: str | None = None
    say_after_s: float = 0.0
    say_every_s: float | None = None
    save: str | None = None
    stay_s: float = 60.0
    hang_up_when_done: bool = False
    ring_s: float = 45.0
    register_s: float = 5.0

    def __post_init__(self) -> None:
        wrong = set(self.keys) - set(KEYS)
        if wrong:
            raise PlanUnreadable(f"{''.join(sorted(wrong))!r} is on no telephone; the keys are {KEYS}")
        if not self.user:
            raise PlanUnreadable("a user is needed to register as")
        times = (self.press_after_s, self.press_gap_s, self.say_after_s, self.stay_s, self.ring_s)
        if min(times) < 0 or (self.say_every_s is not None and self.say_every_s <= 0):
            raise PlanUnreadable("a time can't be negative")

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        fields = json.loads(text)
        return cls(**{**fields, "server": Server(**fields["server"])})


Action = Literal["press", "say", "hang_up"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do `at_s` after the answer; `key` for a press."""

    at_s: float
    action: Action
    key: str = ""


def schedule(plan: Plan, said_s: float) -> list[Step]:
    """Everything a call does after the answer, in order. `said_s`: how long the file to say lasts."""
    steps = [Step(plan.press_after_s + n * plan.press_gap_s, "press", key) for n, key in enumerate(plan.keys)]
    end_s = plan.stay_s
    if plan.say is not None:
        every_s = plan.say_every_s
        at_s = plan.say_after_s
        while at_s < plan.stay_s:
            steps.append(Step(at_s, "say"))
            if every_s is None:
                break
            at_s += max(every_s, said_s)
    if plan.hang_up_when_done and steps:
        done_s = max(step.at_s + (said_s if step.action == "say" else PRESS_S) for step in steps)
        end_s = min(end_s, done_s + SETTLE_S)
    return sorted([*steps, Step(end_s, "hang_up")], key=lambda step: step.at_s)


PRESS_S: Final = 0.18  # six packets of a held key and three that end it
SETTLE_S: Final = 0.5  # so that the last of it has left before BYE

Report = Mapping[str, Any]  # one line of the worker: {"event": ..., and its facts}
