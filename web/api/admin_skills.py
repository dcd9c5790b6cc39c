"""Skills, and the grid of who has which at what level."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.administration.skills import Cell
from web.api.administration import Title, administration
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json

SkillName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_:-]{0,62}$")]
Level = Annotated[int, Field(ge=1, le=5)] | None


class CellEdit(Request):
    """`was`: the level that was on the page; null: none."""

    person: UUID
    skill: SkillName
    was: Level
    level: Level


class GridEdit(Request):
    cells: Annotated[list[CellEdit], Field(min_length=1, max_length=5_000)]


class NewSkill(Request):
    id: SkillName
    title: Title


class SkillEdit(Request):
    title: Title


class GridReply(Reply):
    skills: list[dict[str, Any]]
    people: list[dict[str, Any]]


@endpoint("GET /api/skills", roles=ADMINS, reply=GridReply)
async def show_grid(ask: Ask) -> web.Response:
    """Every skill, and everybody's levels."""
    return as_json(await administration(ask).skills.grid())


@endpoint("PUT /api/skills", roles=ADMINS, body=GridEdit, reply=GridReply)
async def save_grid(ask: Ask) -> web.Response:
    """Many levels at once, all or none; 409 where somebody else changed one of them."""
    cells = [Cell(one.person, one.skill, one.was, one.level) for one in ask.read(GridEdit).cells]
    await administration(ask).skills.save_cells(cells, actor(ask))
    return as_json(await administration(ask).skills.grid())


@endpoint("POST /api/skills", roles=ADMINS, body=NewSkill, reply=GridReply, status=201)
async def add_skill(ask: Ask) -> web.Response:
    """A new skill, which nobody has yet."""
    given = ask.read(NewSkill)
    await administration(ask).skills.add(given.id, given.title, actor(ask))
    return as_json(await administration(ask).skills.grid(), status=201)


@endpoint("PUT /api/skills/{name}", roles=ADMINS, body=SkillEdit, reply=GridReply)
async def rename_skill(ask: Ask) -> web.Response:
    """Another title."""
    await administration(ask).skills.rename(
        ask.request.match_info["name"], ask.read(SkillEdit).title, actor(ask)
    )
    return as_json(await administration(ask).skills.grid())


@endpoint("DELETE /api/skills/{name}", roles=ADMINS, reply=Done)
async def delete_skill(ask: Ask) -> web.Response:
    """The skill goes, and everybody loses it; refused while a queue needs it."""
    await administration(ask).skills.delete(ask.request.match_info["name"], actor(ask))
    return as_json({"done": True})


ENDPOINTS: tuple[Handler, ...] = (show_grid, save_grid, add_skill, rename_skill, delete_skill)
