"""Who can do what, and how well: a grid of people and skills that several admins may work on at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from omnichannel.administration.store import AdministrationStore, Row, StillUsed
from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import NoSuchAgent
from threadline.db.pool import Pool
from threadline.kernel.errors import NotFound, Outdated, Unfit
from threadline.kernel.events import Json


class NoSuchSkill(NotFound):
    """No such skill."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The level of a person's skill: what it was when the admin looked, and what it is to be; None: not at all."""

    person: UUID
    skill: str
    was: int | None
    level: int | None


class Skills:
    """Levels are saved together or not at all; only a cell that a colleague changed is in the way."""

    def __init__(self, pool: Pool, audit: Audit) -> None:
        self._pool = pool
        self._audit = audit

    async def grid(self) -> Row:
        """{skills: [{id, title, people}], people: [{id, login, name, role, skills: {skill: level}}]}."""
        store = AdministrationStore(self._pool)
        return {"skills": await store.skills(), "people": await store.skill_levels()}

    async def save_cells(self, cells: Sequence[Cell], actor: Actor) -> None:
        """Raises NoSuchAgent, StillUsed, and Outdated where a cell is no longer what it was."""
        people = sorted({cell.person for cell in cells})
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            if await store.lock_people(people) != set(people):
                raise NoSuchAgent("One of these people is there no more.")
            now = await store.levels_of(people)
            if any(now.get((cell.person, cell.skill)) not in (cell.was, cell.level) for cell in cells):
                raise Outdated("Somebody else changed some of these levels since you opened the page.")
            await store.set_levels(
                [(one.person, one.skill, one.level) for one in cells if one.level is not None]
            )
            await store.drop_levels([(one.person, one.skill) for one in cells if one.level is None])
            for person in people:
                mine = [cell for cell in cells if cell.person == person]
                before: Json = {one.skill: now.get((person, one.skill)) for one in mine}
                after: Json = {one.skill: one.level for one in mine}
                facts: Json = {"before": before, "after": after}
                await self._audit.note(actor, "user.skills", f"user:{person}", facts, link)

    async def add(self, skill: str, title: str, actor: Actor) -> None:
        """Raises Unfit for one that is there."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            if await store.skill(skill) is not None:
                raise Unfit("id", "taken", "There is a skill of that name.")
            await store.save_skill(skill, title)
            await self._audit.note(actor, "skill.add", f"skill:{skill}", {"after": {"title": title}}, link)

    async def rename(self, skill: str, title: str, actor: Actor) -> None:
        """Raises NoSuchSkill."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            known = await store.skill(skill)
            if known is None:
                raise NoSuchSkill
            await store.save_skill(skill, title)
            facts: Json = {"before": {"title": known["title"]}, "after": {"title": title}}
            await self._audit.note(actor, "skill.change", f"skill:{skill}", facts, link)

    async def delete(self, skill: str, actor: Actor) -> None:
        """Everybody loses it. Raises NoSuchSkill, StillUsed while a queue needs it."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            if await store.skill(skill) is None:
                raise NoSuchSkill
            if queues := await store.queues_needing(skill):
                raise StillUsed("needed", f"These queues need it: {', '.join(queues)}.", queues)
            await store.drop_skill(skill)
            await self._audit.note(actor, "skill.delete", f"skill:{skill}", None, link)
