"""Two phones call each other directly: what the other rooms' tests build on."""

from pathlib import Path

import pytest

from tests.support.audio import find, find_tone, loudness, tone, warble
from tests.support.baresip import Account, Baresip

pytestmark = pytest.mark.integration


async def test_each_phone_records_the_clip_that_the_other_one_plays(tmp_path: Path) -> None:
    of_alice, of_bob = warble(1), warble(2)
    async with (
        Baresip(tmp_path, Account("alice"), says=of_alice) as alice,
        Baresip(tmp_path, Account("bob"), says=of_bob) as bob,
    ):
        await alice.dial(bob.uri)
        await alice.established()
        await alice.press("12#")
        assert [await bob.digit() for _ in range(3)] == ["1", "2", "#"]
        await alice.hears(of_bob)
        await bob.hears(of_alice)
        await alice.hang_up()
        await bob.closed()
        await alice.closed()

        assert find(of_bob, alice.heard()).score > 0.95
        assert find(of_alice, bob.heard()).score > 0.95
        assert find(of_alice, alice.said()).score > 0.95
        assert find(of_alice, alice.heard()).score < 0.3


async def test_a_phone_can_be_answered_by_hand_and_change_what_it_says(tmp_path: Path) -> None:
    async with (
        Baresip(tmp_path, Account("alice")) as alice,
        Baresip(tmp_path, Account("bob"), auto_answer=False) as bob,
    ):
        await alice.dial(bob.uri)
        assert "alice" in (await bob.incoming())["peeruri"]
        await bob.answer()
        await alice.established()
        await alice.speak(tone(700, 3))
        await bob.hears_tone(700)
        await bob.hang_up()
        await alice.closed()
        await bob.closed()

        assert find_tone(700, bob.heard()).score > 0.9
        assert loudness(alice.heard()) < 0.01


async def test_hold_silences_the_line_until_the_call_is_resumed(tmp_path: Path) -> None:
    async with (
        Baresip(tmp_path, Account("alice")) as alice,
        Baresip(tmp_path, Account("bob")) as bob,
    ):
        await alice.dial(bob.uri)
        await alice.established()
        await bob.established()
        await alice.hold()
        offer = await bob.event("CALL_REMOTE_SDP")
        assert offer["param"] == "offer"
        await alice.resume()
        await alice.event("CALL_REMOTE_SDP")
        await alice.hang_up()
        await bob.closed()


async def test_a_refused_call_says_so(tmp_path: Path) -> None:
    async with (
        Baresip(tmp_path, Account("alice")) as alice,
        Baresip(tmp_path, Account("bob"), auto_answer=False) as bob,
    ):
        await alice.dial(bob.uri)
        await bob.incoming()
        await bob.hang_up()
        assert "486" in await alice.closed()
