"""What a caller hears while he waits: music, his place, notes from time to time, offers.

The place is told `first_after` the start and then every `every`; with only_if_better a mark at which
the place is no better passes in silence, and the next better place is told as soon as it is known.
Announcements never interrupt one another: one that falls due meanwhile follows.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from ivr_flows import phrases
from ivr_flows.effects import Spoken
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.inputs import PlayDone, QueuePlace
from ivr_flows.nodes.base import Alarm
from ivr_flows.session import number
from ivr_flows.shapes import Exit, Needed
from ivr_flows.wording import wrong
from ivr_flows.words import Bool, Cel, Duration, KeyPress, MusicName, Shape

if TYPE_CHECKING:
    from ivr_flows.run import Run

DEFAULT_MUSIC = MusicName("moh_soft")


def _not_too_often(every: float) -> float:
    if every < 5:
        raise wrong("every")
    return every


Every = Annotated[Duration, AfterValidator(_not_too_often)]


class Announce(Shape):
    """What is told of the place."""

    position: Bool = False
    ewt: Bool = False
    first_after: Duration = 20.0
    every: Every = 60.0
    only_if_better: Bool = True


class Periodic(Shape):
    """A prompt from time to time."""

    every: Every
    prompt: Needed


class Offer(Exit):
    """A way out of the queue by key, from `after` on, while `when` is true."""

    key: KeyPress
    after: Duration = 0.0
    when: Cel | None = None


class Hold(Shape):
    """What a waiting caller hears and may choose."""

    music: MusicName = DEFAULT_MUSIC
    announce: Announce = Field(default_factory=Announce)
    periodic: tuple[Periodic, ...] = ()
    offers: tuple[Offer, ...] = ()


def begin(hold: Hold, run: "Run") -> None:
    """Music, and the first deadlines."""
    if hold.announce.position or hold.announce.ewt:
        run.alarm("announce", hold.announce.first_after)
    for index, note in enumerate(hold.periodic):
        run.alarm(f"periodic {index}", note.every)
    for index, offer in enumerate(hold.offers):
        if offer.after > 0:
            run.alarm(f"offer {index}", offer.after)
        else:
            run.local[f"offer {index}"] = True
    run.music(hold.music)


def on(hold: Hold, run: "Run", event: Alarm | PlayDone | QueuePlace) -> None:
    """A deadline, the end of an announcement, or a new place."""
    if isinstance(event, PlayDone):
        run.local["speaking"] = False
        _speak(hold, run)
        if not run.local["speaking"]:
            run.music(hold.music)
        return
    if isinstance(event, Alarm):
        _due(hold, run, event.name)
    _speak(hold, run)


def _due(hold: Hold, run: "Run", name: str) -> None:
    run.local[name] = True
    if name.startswith("periodic "):
        run.alarm(name, hold.periodic[int(name.removeprefix("periodic "))].every)


def _speak(hold: Hold, run: "Run") -> None:
    """Says what is due, unless something is being said."""
    if run.local.get("speaking"):
        return
    if run.local.get("announce") and (place := _place_to_tell(hold.announce, run)):
        run.local.update({"announce": False, "told": number(run.session.queue, "position")})
        run.alarm("announce", hold.announce.every)
        run.local["speaking"] = run.speak(place, barge_in=True)
        return
    for index, note in enumerate(hold.periodic):
        if run.local.pop(f"periodic {index}", False):
            run.local["speaking"] = run.say(note.prompt, barge_in=True)
            return


def _place_to_tell(announce: Announce, run: "Run") -> list[Spoken]:
    """The sentences about the present place; none while it is unknown or no better than the last told."""
    queue, language = run.session.queue, run.session.language
    place, told, wait_s = number(queue, "position"), number(run.local, "told"), queue.get("ewt_p75")
    if not place or (announce.only_if_better and told and place >= told):
        return []
    said = []
    if announce.position:
        said.append(Spoken(None, language, phrases.position(place, language)))
    if announce.ewt and isinstance(wait_s, int | float):
        said.append(Spoken(None, language, phrases.expected_wait(wait_s, language)))
    return said


def offered(hold: Hold, run: "Run", key: str) -> Exit | None:
    """The way `key` opens now. A condition without a value (no estimate yet) is not met."""
    for index, offer in enumerate(hold.offers):
        if offer.key == key and run.local.get(f"offer {index}") and _is_met(offer, run):
            return offer
    return None


def _is_met(offer: Offer, run: "Run") -> bool:
    try:
        return offer.when is None or run.holds(offer.when)
    except ExpressionFailed:
        return False
