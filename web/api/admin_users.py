"""People who sign in: made, changed, disabled; their passwords and phones. Passwords are told once, to the admin."""

from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.administration.users import UserGiven
from threadline.kernel.errors import Refused, Unfit
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId
from web.api.administration import Title, administration, seen
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Locale, Reply, Request, RoleName
from web.api.outbound import actor
from web.api.replies import as_json

Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$")]
Mobile = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$")]
Extension = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class UserEdit(Request):
    """`extension`: the phone account that rings for this person; null: only the browser.

    `mobile`: his mobile phone in E.164, which `device` mobile needs: who answers it takes a call by pressing 1.
    `chats_at_once`, `mails_at_once` null: as everybody.
    """

    login: Login
    name: Title
    role: RoleName = "agent"
    locale: Locale = "vi-VN"
    extension: Extension | None = None
    wrap_up_s: Annotated[int, Field(ge=0, le=3600)] = 30
    device: Literal["sip", "browser", "mobile"] = "sip"
    mobile: Mobile | None = None
    chats_at_once: Annotated[int, Field(ge=0, le=20)] | None = None
    mails_at_once: Annotated[int, Field(ge=0, le=100)] | None = None


class UserSwitch(Request):
    active: bool


class NewPhone(Request):
    """`md5` for phones that know no better digest; `srtp` encrypted audio."""

    md5: bool = False
    srtp: Literal["off", "offered", "required"] = "off"


class UserReply(Reply):
    id: UUID
    login: str
    name: str
    role: RoleName
    locale: str
    extension: str | None
    mobile: str | None
    wrap_up_s: int
    active: bool
    has_password: bool
    phone: dict[str, Any] | None
    version: str


class NewUserReply(UserReply):
    password: str


class UsersReply(Reply):
    users: list[UserReply]


class PasswordReply(Reply):
    password: str


class PhoneReply(Reply):
    username: str
    realm: str
    password: str


@endpoint("GET /api/users", roles=ADMINS, reply=UsersReply)
async def list_users(ask: Ask) -> web.Response:
    """Everybody who signs in, also the disabled."""
    phones = await administration(ask).phones.everything()
    users = await administration(ask).users.everybody()
    return as_json({"users": [{**one, "phone": phones.get(one["extension"])} for one in users]})


@endpoint("POST /api/users", roles=ADMINS, body=UserEdit, reply=NewUserReply, status=201)
async def add_user(ask: Ask) -> web.Response:
    """Somebody new; the answer holds the password, this once."""
    made, password = await administration(ask).users.add(_given(ask), actor(ask))
    return as_json({**await _shown(ask, made), "password": password}, status=201)


@endpoint("PUT /api/users/{id}", roles=ADMINS, body=UserEdit, reply=UserReply)
async def change_user(ask: Ask) -> web.Response:
    """Another name, role, language, phone; with If-Match only over what was seen."""
    rooms, user = administration(ask), ask.path_id("id")
    before = await rooms.users.user(user)
    made = await rooms.users.change(user, _given(ask), seen(ask), actor(ask))
    if before["extension"] and before["extension"] != made["extension"]:
        await rooms.phones.drop(before["extension"], actor(ask))
    return as_json(await _shown(ask, made))


@endpoint("PUT /api/users/{id}/state", roles=ADMINS, body=UserSwitch, reply=UserReply)
async def switch_user(ask: Ask) -> web.Response:
    """Disable somebody, who is signed out everywhere, whose phone account goes and whose open cases are nobody's; or let him in again."""
    rooms, user, active = administration(ask), ask.path_id("id"), ask.read(UserSwitch).active
    made = await rooms.users.switch(user, active, seen(ask), actor(ask))
    if not active:
        if made["extension"]:
            await rooms.phones.drop(made["extension"], actor(ask))
        with suppress(Refused):
            await ask.services.router.set_state(AgentId(user), AgentState.LOGGED_OUT)
        if ask.services.cases is not None:
            await ask.services.cases.let_go(AgentId(user))
    return as_json(await _shown(ask, made))


@endpoint("POST /api/users/{id}/password", roles=ADMINS, reply=PasswordReply)
async def reset_password(ask: Ask) -> web.Response:
    """A new password, told this once; every session of the person ends."""
    return as_json(
        {"password": await administration(ask).users.reset_password(ask.path_id("id"), actor(ask))}
    )


@endpoint("POST /api/users/{id}/phone", roles=ADMINS, body=NewPhone, reply=PhoneReply)
async def make_phone(ask: Ask) -> web.Response:
    """A phone account of the person's extension, or a new password for it; told this once."""
    given = ask.read(NewPhone)
    extension = await _extension(ask)
    made = await administration(ask).phones.make(extension, actor(ask), md5=given.md5, srtp=given.srtp)
    return as_json(made)


@endpoint("DELETE /api/users/{id}/phone", roles=ADMINS, reply=Done)
async def drop_phone(ask: Ask) -> web.Response:
    """The phone account goes; the person's browser phone stays."""
    await administration(ask).phones.drop(await _extension(ask), actor(ask))
    return as_json({"done": True})


async def _extension(ask: Ask) -> str:
    """Raises NoSuchAgent, Unfit for somebody without one."""
    user = await administration(ask).users.user(ask.path_id("id"))
    if not user["active"] or not user["extension"]:
        raise Unfit("extension", "needed", "Somebody active with an extension can have a phone.")
    return str(user["extension"])


async def _shown(ask: Ask, user: dict[str, Any]) -> dict[str, Any]:
    phones = await administration(ask).phones.everything()
    return {**user, "phone": phones.get(user["extension"])}


def _given(ask: Ask) -> UserGiven:
    return UserGiven(**ask.read(UserEdit).model_dump())


ENDPOINTS: tuple[Handler, ...] = (
    list_users,
    add_user,
    change_user,
    switch_user,
    reset_password,
    make_phone,
    drop_phone,
)
