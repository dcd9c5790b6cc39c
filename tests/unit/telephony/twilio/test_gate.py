"""What is to be played waits for the caller to hear, and begins anew when she was away."""

import pytest

from telephony.media import messages as media
from telephony.twilio.gate import Gate

pytestmark = pytest.mark.unit

LAN, AN = "lan", "an"


class Engine:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.sent: list[media.Command] = []

    def send(self, command: media.Command) -> None:
        self.sent.append(command)

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        return 1

    async def report(self, leg: str) -> media.Stats:
        return {}


def play(number: int) -> media.Play:
    return media.Play(LAN, number, ("a.ulaw",))


def test_nothing_is_played_to_a_caller_who_does_not_hear_yet() -> None:
    engine = Engine()
    gate = Gate(engine, LAN)
    gate.send(play(1))
    assert engine.sent == []
    gate.lift()
    assert engine.sent == [play(1)]


def test_what_broke_off_begins_anew_and_what_was_heard_does_not() -> None:
    engine = Engine()
    gate = Gate(engine, LAN)
    gate.lift()
    gate.send(play(1))
    gate.shut()
    gate.lift()
    assert engine.sent == [play(1), play(1)]
    gate.played(1)
    gate.shut()
    gate.lift()
    assert len(engine.sent) == 2


def test_an_old_prompt_that_ends_late_does_not_forget_the_new_one() -> None:
    engine = Engine()
    gate = Gate(engine, LAN)
    gate.lift()
    gate.send(play(1))
    gate.send(play(2))
    gate.played(1)
    gate.shut()
    gate.lift()
    assert engine.sent[-1] == play(2)


@pytest.mark.parametrize("command", [media.StopPlay(LAN, 1), media.Bridge(AN, LAN)])
def test_what_silences_a_prompt_is_told_and_never_repeats_it(command: media.Command) -> None:
    engine, told = Engine(), list[int]()
    gate = Gate(engine, LAN)
    gate.on_silenced = lambda: told.append(1)
    gate.lift()
    gate.send(play(1))
    gate.send(command)
    gate.send(command)
    gate.shut()
    gate.lift()
    assert engine.sent == [play(1), command, command]
    assert told == [1], "once: the second time nothing was playing"


def test_the_other_legs_are_not_its_business() -> None:
    engine = Engine()
    gate = Gate(engine, LAN)
    other = media.Play(AN, 1, ("a.ulaw",))
    gate.send(other)
    assert engine.sent == [other]
