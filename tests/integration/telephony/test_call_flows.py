"""Flows in force: a call keeps the revision it began with, and a bad flow never gets into force."""

from dataclasses import dataclass

import pytest

from ivr_flows.findings import Finding, FlowRejected
from tests.integration.telephony.stage import (
    MENU,
    PATIENCE_S,
    Office,
    hears,
    outcome,
    steps_of,
)
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

NEWER = MENU.replace("We are fine.", "We are closed today.")


async def test_a_call_finishes_in_the_revision_it_began_with_and_the_next_hears_the_new_one(
    office: Office,
) -> None:
    await office.open(MENU)
    old, new = await office.prompt("We are fine."), await office.prompt("We are closed today.")
    async with office.customer() as lan:
        await office.call(lan)
        await office.event(Kind.STEP, step="main")
        assert await office.publish(NEWER) == 2
        await lan.press("4")
        await hears(lan, old)
        await lan.closed(timeout_s=PATIENCE_S)
        assert (await office.story())["revision"] == 1

        await office.call(lan)
        await lan.press("4")
        await hears(lan, new)
        await lan.closed(timeout_s=PATIENCE_S)
        assert (await office.story(count=2))["revision"] == 2


async def test_going_back_is_publishing_the_old_revision(office: Office) -> None:
    await office.open(MENU)
    assert await office.publish(NEWER) == 2
    await office.server.flows.publish("little_menu", 1)
    async with office.customer() as lan:
        await office.call(lan)
        await lan.hang_up()
    assert (await office.story())["revision"] == 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """A change that breaks the menu, and what is said of it. `place`: text the finding must stand at."""

    old: str
    new: str
    place: str
    says: str


MISTAKES = {
    "an unknown key": Mistake("    timeout: 30s", "    tmieout: 30s", "tmieout", "tmieout"),
    "a dangling step": Mistake('"4": {next: fine}', '"4": {next: nowhere}', "nowhere", "nowhere"),
    "an unquoted number": Mistake(
        "  fine: {type: say, prompt: fine, next: end}",
        "  fine: {type: transfer, to: +84901234567, next: end}",
        "+84901234567",
        "84901234567",
    ),
    "a menu without on_fail": Mistake("    on_fail: {next: end}\n", "", "main:", "on_fail"),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_bad_flow_is_refused_with_its_place_and_a_hint_and_the_published_one_stays(
    office: Office, name: str
) -> None:
    mistake = MISTAKES[name]
    await office.open(MENU)
    bad = MENU.replace(mistake.old, mistake.new)
    assert bad != MENU
    with pytest.raises(FlowRejected) as refusal:
        await office.publish(bad)
    found = [one for one in refusal.value.findings if one.severity == "error" and mistake.says in one.message]
    assert found, [str(one) for one in refusal.value.findings]
    assert found[0].hint
    assert is_at(found[0], bad, mistake.place), f"{found[0]} is not at {mistake.place!r}"

    async with office.customer() as lan:
        await office.call(lan)
        await lan.press("4")
        await hears(lan, await office.prompt("We are fine."))
        await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert (outcome(story), story["revision"], steps_of(story)) == (
        ("self_served", "flow_ended"), 1, ["main", "fine", "end"],
    )  # fmt: skip


def is_at(finding: Finding, text: str, place: str) -> bool:
    """The finding's line holds the place, and its column is within or just before it."""
    line = text.splitlines()[finding.line - 1]
    return place in line and finding.column <= line.index(place) + len(place)
