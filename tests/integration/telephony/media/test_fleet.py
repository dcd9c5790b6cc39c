"""Several worker processes as one engine: who goes where, what is heard, and what a death costs."""

import asyncio
import os
import signal

import pytest

from telephony.errors import EngineLost, NoPorts
from telephony.media import messages as m
from telephony.media.client import MediaEngine
from telephony.media.g711 import FRAME
from tests.integration.telephony.media.rig import HOST, Phone
from tests.integration.telephony.media.test_engine_process import PATIENCE_S, desk, hears

pytestmark = pytest.mark.integration


async def test_legs_are_spread_and_an_agents_leg_lies_with_its_customers() -> None:
    async with desk(workers=2) as one:
        ports = {leg: await one.engine.open(leg, HOST) for leg in ("a", "b", "c", "d")}
        halves = {leg: port < 25000 for leg, port in ports.items()}
        assert sorted(halves.values()) == [False, False, True, True]
        for leg in ("a", "b"):
            assert (await one.engine.open(f"{leg}-agent", HOST, near=leg) < 25000) is halves[leg]


async def test_two_phones_in_the_second_worker_hear_each_other() -> None:
    first, a, b = Phone(), Phone(ssrc=1), Phone(ssrc=2)
    async with desk(workers=2) as one:
        await one.call("first", first)
        await one.call("a", a)
        await one.call("b", b, near="a")
        assert one.engine.pids[0] != one.engine.pids[1]
        one.engine.send(m.Bridge("a", "b"))
        heard: set[bytes] = set()
        async with asyncio.timeout(PATIENCE_S):
            while b"\x0a" * FRAME not in heard:
                a.say(b"\x0a" * FRAME)
                heard.update(packet.payload for packet in await hears(b, 1))
    for phone in (first, a, b):
        phone.close()


async def test_legs_of_two_workers_cannot_be_bridged_and_that_is_said() -> None:
    async with desk(workers=2) as one:
        await one.engine.open("a", HOST)
        await one.engine.open("b", HOST)
        one.engine.send(m.Bridge("a", "b"))
        assert one.events[-1] == m.Refused("a", "Bridge", "the legs are in two workers")


async def test_a_killed_worker_ends_its_own_legs_only_and_new_ones_are_taken_at_once() -> None:
    phone = Phone()
    async with desk(workers=2) as one:
        await one.call("stays", phone)
        await one.engine.open("goes", HOST)
        keeper, victim = one.engine.pids
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        await one.until(lambda: bool(one.lost))
        assert one.lost == [frozenset({"goes"})]
        for leg in ("c", "d"):
            await one.engine.open(leg, HOST)
        await hears(phone, 3)
        assert one.engine.pids[0] == keeper
        async with asyncio.timeout(PATIENCE_S):
            while one.engine.pids[1] in (None, victim):
                await asyncio.sleep(0.02)
        while True:  # the least loaded one is the new one
            try:
                assert await one.engine.open("e", HOST) >= 25000
                break
            except EngineLost:
                await asyncio.sleep(0.02)
    phone.close()


async def test_how_a_leg_fares_can_be_asked_wherever_it_lives() -> None:
    phone = Phone()
    async with desk(workers=2) as one:
        await one.engine.open("first", HOST)
        await one.call("a", phone)
        await hears(phone, 3)
        answers = await asyncio.gather(one.engine.report("a"), one.engine.report("a"))
        assert all(int(stats["packets_out"] or 0) >= 3 for stats in answers)
        one.engine.send(m.Close("a"))
        with pytest.raises(EngineLost):
            await one.engine.report("a")
        await one.until(lambda: any(isinstance(event, m.Closed) for event in one.events))
        assert not any(isinstance(event, m.Reported | m.Refused) for event in one.events)
        with pytest.raises(EngineLost):
            await one.engine.report("a")
    phone.close()


async def test_a_full_worker_sends_new_calls_to_the_other_but_no_leg_of_a_pair() -> None:
    async with MediaEngine(
        ports=(20000, 20005), on_event=lambda _: None, on_lost=lambda _: None, workers=2
    ) as engine:  # one pair of ports and two
        opened = {leg: await engine.open(leg, HOST) for leg in ("a", "b", "c")}
        assert sorted(opened.values()) == [20000, 20002, 20004]
        alone = next(leg for leg, port in opened.items() if port == 20000)
        with pytest.raises(NoPorts):
            await engine.open("d", HOST, near=alone)
        with pytest.raises(NoPorts):
            await engine.open("d", HOST)


async def test_workers_tell_how_late_their_ticks_come_while_they_carry_legs() -> None:
    async with desk(workers=2) as one:
        await one.engine.open("a", HOST)
        busy, idle = one.engine.paces
        async with asyncio.timeout(PATIENCE_S):
            while busy.lately_ms() is None:
                await asyncio.sleep(0.02)
        assert sum(busy.counts) > 10
        assert idle.lately_ms() is None
