"""People on a real database: passwords, sessions, tokens, skills."""

from datetime import UTC, datetime

import pytest

from omnichannel.errors import LoginTaken, NoSuchAgent, PersonUnreadable
from omnichannel.people import CHEAP, Cost, People
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.ids import AgentId, uuid7

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def people(pool: Pool, clock: VirtualClock) -> People:
    return People(pool, clock, cost=CHEAP)


async def an(people: People) -> AgentId:
    return await people.add(
        " An ",
        "s3cret",
        role="agent",
        display_name="An",
        extension="101",
        skills={"support": 3, "lang:en-US": 4},
    )


async def test_the_right_password_opens_and_the_wrong_one_does_not(people: People) -> None:
    await an(people)
    found = await people.authenticate("AN", "s3cret")
    assert found is not None
    assert (found.login, found.role, found.extension) == ("an", "agent", "101")
    assert found.skills == {"support": 3, "lang:en-US": 4}
    assert await people.authenticate("an", "S3cret") is None
    assert await people.authenticate("binh", "s3cret") is None
    assert await people.authenticate("an", "x" * 5000) is None


async def test_a_person_without_a_password_cannot_log_in(people: People) -> None:
    await people.add("robot", None, role="agent", display_name="Robot")
    assert await people.authenticate("robot", "nobody") is None


async def test_a_hash_of_another_cost_is_renewed_at_the_next_log_in(pool: Pool, clock: VirtualClock) -> None:
    await an(People(pool, clock, cost=CHEAP))
    people = People(pool, clock, cost=Cost(time=2, memory_kib=16, parallelism=1))
    assert await people.authenticate("an", "s3cret") is not None
    assert "m=16,t=2" in await pool.fetchval("select password_hash from agent")
    assert await people.authenticate("an", "s3cret") is not None


async def test_only_digests_of_secrets_are_stored(people: People, pool: Pool) -> None:
    agent = await an(people)
    token, csrf = await people.open_session(agent, 60)
    bearer = await people.create_token("crm", "supervisor")
    kept = await pool.fetchrow(
        "select (select token_sha256 from web_session), (select token_sha256 from api_token)"
    )
    assert kept is not None
    assert [len(digest) for digest in kept] == [32, 32]
    assert len({token, csrf, bearer}) == 3


async def test_a_session_lasts_its_time_and_no_longer(people: People, clock: VirtualClock) -> None:
    token, csrf = await people.open_session(await an(people), 60)
    signed = await people.session(token)
    assert signed is not None
    assert (signed.agent.login, signed.csrf) == ("an", csrf)
    clock.advance(61)
    assert await people.session(token) is None


async def test_logging_out_closes_the_session(people: People) -> None:
    token, _ = await people.open_session(await an(people), 60)
    await people.close_session(token)
    assert await people.session(token) is None
    assert await people.session("made up") is None


async def test_a_new_password_ends_every_session(people: People) -> None:
    agent = await an(people)
    token, _ = await people.open_session(agent, 60)
    await people.set_password(agent, "new one")
    assert await people.session(token) is None
    assert await people.authenticate("an", "new one") is not None


async def test_a_bearer_token_speaks_for_a_machine_or_a_person(people: People) -> None:
    agent = await an(people)
    machine = await people.token(await people.create_token("crm", "supervisor"))
    person = await people.token(await people.create_token("an's script", "agent", agent))
    assert machine is not None
    assert (machine.role, machine.agent, machine.name) == ("supervisor", None, "crm")
    assert person is not None
    assert person.agent is not None
    assert person.agent.id == agent
    assert await people.token("made up") is None


async def test_somebody_who_left_is_locked_out_at_once(people: People, pool: Pool) -> None:
    agent = await an(people)
    token, _ = await people.open_session(agent, 60)
    bearer = await people.create_token("script", "agent", agent)
    await pool.execute("update agent set active = false")
    assert await people.authenticate("an", "s3cret") is None
    assert await people.session(token) is None
    assert await people.token(bearer) is None
    assert await people.agents() == []


async def test_people_are_found_by_id_login_and_extension(people: People) -> None:
    agent = await an(people)
    assert (await people.agent(agent)).display_name == "An"
    assert [one.id for one in await people.agents()] == [agent]
    for found in (await people.by_extension("101"), await people.by_login("an")):
        assert found is not None
        assert found.id == agent
    assert await people.extension_of(agent) == "101"
    assert await people.by_extension("999") is None
    with pytest.raises(NoSuchAgent):
        await people.agent(AgentId(uuid7(NOON)))
    with pytest.raises(NoSuchAgent):
        await people.set_password(AgentId(uuid7(NOON)), "x")


async def test_skills_can_be_replaced(people: People) -> None:
    agent = await an(people)
    await people.set_skills(agent, {"billing": 2})
    assert (await people.agent(agent)).skills == {"billing": 2}
    assert await people.skills() == {"support", "lang:en-US", "billing"}


async def test_a_person_chooses_a_language(people: People) -> None:
    agent = await an(people)
    await people.set_locale(agent, "en-US")
    assert (await people.agent(agent)).locale == "en-US"
    with pytest.raises(NoSuchAgent):
        await people.set_locale(AgentId(uuid7(NOON)), "en-US")


async def test_a_login_and_an_extension_belong_to_one_person(people: People) -> None:
    await an(people)
    with pytest.raises(LoginTaken):
        await people.add("AN", "x", role="agent", display_name="Another An")
    with pytest.raises(LoginTaken):
        await people.add("binh", "x", role="agent", display_name="Binh", extension="101")


@pytest.mark.parametrize(
    ("role", "skills", "password"),
    [("king", {}, "x"), ("agent", {"support": 9}, "x"), ("agent", {"2 words": 1}, "x"), ("agent", {}, "")],
)
async def test_what_makes_no_sense_is_refused(
    people: People, role: str, skills: dict[str, int], password: str
) -> None:
    with pytest.raises(PersonUnreadable):
        await people.add("x", password, role=role, display_name="X", skills=skills)
