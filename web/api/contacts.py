"""Who is who: names and identities of contacts, merges, suggestions, and whose a shared phone's call was."""

from aiohttp import web

from omnichannel.contacts.service import Contacts
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import CallId, ContactId
from web.api.contact_models import (
    Choice,
    ChosenReply,
    Confirmation,
    ContactChange,
    IdentityChange,
    IdentityMove,
    IdentityReply,
    KinReply,
    Merge,
    MergedReply,
    NewIdentity,
    UndoneReply,
    WhereReply,
)
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import ContactReply, Done
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import STAFF


def contacts_of(ask: Ask) -> Contacts:
    """Raises NotFound where a server has no such room."""
    if ask.services.contacts is None:
        raise NotFound
    return ask.services.contacts


def row_of(ask: Ask, name: str) -> int:
    """The number in the path. Raises NotFound."""
    text = ask.request.match_info[name]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound
    return int(text)


def _contact(ask: Ask) -> ContactId:
    return ContactId(ask.path_id("id"))


@endpoint("PATCH /api/contacts/{id}", roles=STAFF, body=ContactChange, reply=ContactReply)
async def change_contact(ask: Ask) -> web.Response:
    """Name, language, customer number, VIP mark, tags, fields."""
    changes = ask.read(ContactChange).changes()
    contact = await contacts_of(ask).edit(_contact(ask), changes, actor(ask))
    return as_json(await ask.services.threads.contact(contact))


@endpoint("GET /api/contacts/{id}/kin", roles=STAFF, reply=KinReply)
async def show_kin(ask: Ask) -> web.Response:
    """Who else it may be: those who share its phone, what is said of it, what was made one with it."""
    return as_json(await contacts_of(ask).kin(_contact(ask)))


@endpoint(
    "POST /api/contacts/{id}/identities", roles=STAFF, body=NewIdentity, reply=IdentityReply, status=201
)
async def add_identity(ask: Ask) -> web.Response:
    """An identity of this contact, on the agent's word. Refused while another contact has it unshared."""
    given = ask.read(NewIdentity)
    row = await contacts_of(ask).add_identity(
        _contact(ask), given.kind, given.value, actor(ask), scope=given.scope, shared=given.shared
    )
    return as_json({"id": row}, status=201)


@endpoint("PATCH /api/contacts/{id}/identities/{identity}", roles=STAFF, body=IdentityChange, reply=Done)
async def change_identity(ask: Ask) -> web.Response:
    """Confirm an identity, or say whether several people use it."""
    given, contact, row = ask.read(IdentityChange), _contact(ask), row_of(ask, "identity")
    contacts = contacts_of(ask)
    if given.confirmed:
        await contacts.confirm_identity(contact, row, actor(ask))
    if given.shared is not None:
        await contacts.share_identity(contact, row, actor(ask), shared=given.shared)
    return as_json({"done": True})


@endpoint(
    "POST /api/contacts/{id}/identities/{identity}/move", roles=STAFF, body=IdentityMove, reply=WhereReply
)
async def move_identity(ask: Ask) -> web.Response:
    """The identity is not his: it goes, with all that came by it, to another contact or to one of its own."""
    to = ask.read(IdentityMove).to
    moved = await contacts_of(ask).take_identity(
        _contact(ask), row_of(ask, "identity"), actor(ask), to=None if to is None else ContactId(to)
    )
    return as_json(moved)


@endpoint("POST /api/contacts/{id}/merge", roles=STAFF, body=Merge, reply=MergedReply)
async def merge_contacts(ask: Ask) -> web.Response:
    """Make two contacts one: the loser's ids lead here from now on. Undone as easily."""
    given = ask.read(Merge)
    merged = await contacts_of(ask).merge(
        _contact(ask), ContactId(given.loser), actor(ask), anyway=given.anyway
    )
    return as_json(merged)


@endpoint("POST /api/merges/{merge}/undo", roles=STAFF, reply=UndoneReply)
async def undo_merge(ask: Ask) -> web.Response:
    """Two contacts again, each with what came by its identities."""
    return as_json(await contacts_of(ask).undo_merge(row_of(ask, "merge"), actor(ask)))


@endpoint("POST /api/suggestions/{suggestion}/confirm", roles=STAFF, body=Confirmation, reply=MergedReply)
async def confirm_suggestion(ask: Ask) -> web.Response:
    """It is so: the identity is his, and a contact that has it becomes one with him."""
    anyway = ask.read(Confirmation).anyway
    return as_json(await contacts_of(ask).confirm(row_of(ask, "suggestion"), actor(ask), anyway=anyway))


@endpoint("POST /api/suggestions/{suggestion}/dismiss", roles=STAFF, reply=Done)
async def dismiss_suggestion(ask: Ask) -> web.Response:
    """It is not so."""
    await contacts_of(ask).dismiss(row_of(ask, "suggestion"), actor(ask))
    return as_json({"done": True})


@endpoint("POST /api/choices", roles=STAFF, body=Choice, reply=ChosenReply)
async def choose(ask: Ask) -> web.Response:
    """Whose a call or message by a shared phone was: all of it goes to his thread, and the next one is his."""
    given = ask.read(Choice)
    chosen = await contacts_of(ask).choose(
        actor(ask),
        call=None if given.call is None else CallId(given.call),
        entry=None if given.entry is None else int(given.entry),
        contact=None if given.contact is None else ContactId(given.contact),
        name=given.name,
    )
    return as_json(chosen)


ENDPOINTS: tuple[Handler, ...] = (
    change_contact,
    show_kin,
    add_identity,
    change_identity,
    move_identity,
    merge_contacts,
    undo_merge,
    confirm_suggestion,
    dismiss_suggestion,
    choose,
)
