"""Cases, where colleagues name one another, and what is promised to customers."""

from collections.abc import Sequence
from typing import Any, cast

from aiohttp import web

from omnichannel.cases.bulk import change_many
from omnichannel.cases.model import CaseChange, Policy, Status, View
from omnichannel.cases.service import Cases
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import AgentId, ThreadId
from web.api.administration import marked, noted, unchanged
from web.api.case_models import (
    CaseEdit,
    CaseQuery,
    CaseReply,
    CasesReply,
    CountsReply,
    ManyEdit,
    ManyReply,
    MentionQuery,
    MentionsReply,
    NewCase,
    PoliciesReply,
    PolicyEdit,
    PromiseEdit,
    PromisesReply,
)
from web.api.endpoint import Ask, BadField, Handler, endpoint
from web.api.models import Done
from web.api.replies import as_json
from web.auth import STAFF, Role
from web.errors import NotYours

ADMINS = frozenset({Role.ADMIN})
NOT_NULL = ("status", "priority", "subject", "tags", "more_tags", "fields")


@endpoint("GET /api/cases", roles=STAFF, query=CaseQuery, reply=CasesReply)
async def list_cases(ask: Ask) -> web.Response:
    """A page of cases, the most urgent first; `next` is the `after` of the following page."""
    asked = ask.asked(CaseQuery)
    page = await _cases(ask).find(await _view(ask, asked), asked.after, asked.limit)
    return as_json({"cases": list(page.cases), "next": page.next, "total": page.total})


@endpoint("GET /api/case-counts", roles=STAFF, reply=CountsReply)
async def count_cases(ask: Ask) -> web.Response:
    """How many cases each view of the caller holds, and how often he was named."""
    return as_json(await _cases(ask).counts(_me(ask)))


@endpoint("POST /api/threads/{id}/cases", roles=STAFF, body=NewCase, reply=CaseReply, status=201)
async def open_case(ask: Ask) -> web.Response:
    """Open a case in a thread; it is the caller's."""
    given = ask.read(NewCase)
    case = await _cases(ask).open(
        ThreadId(ask.path_id("id")), given.subject, agent=_me(ask), queue=given.queue, priority=given.priority
    )
    return as_json(case, status=201)


@endpoint("GET /api/cases/{number}", roles=STAFF, reply=CaseReply)
async def show_case(ask: Ask) -> web.Response:
    """One case."""
    return as_json(await _cases(ask).show(case_number(ask)))


@endpoint("PATCH /api/cases/{number}", roles=STAFF, body=CaseEdit, reply=CaseReply)
async def change_case(ask: Ask) -> web.Response:
    """Give it to somebody, move, resolve, snooze or describe it."""
    return as_json(await _cases(ask).change(case_number(ask), _change(ask.read(CaseEdit)), _me(ask)))


@endpoint("POST /api/cases/many", roles=STAFF, body=ManyEdit, reply=ManyReply)
async def change_cases(ask: Ask) -> web.Response:
    """The same change to many cases at once. Agents change their own and nobody's, and give to nobody but themselves."""
    given = ask.read(ManyEdit)
    edit = given.model_dump(exclude_unset=True, exclude={"numbers"})
    if "tags" in edit:
        edit["more_tags"] = edit.pop("tags")
    change = _checked(edit)
    if not ask.caller.leads and change.get("owner") not in (None, _me(ask)):
        raise NotYours("You can only take cases yourself.")
    result = await change_many(_cases(ask), given.numbers, change, _me(ask), own_only=not ask.caller.leads)
    failed: list[JsonValue] = [{"number": number, "code": code} for number, code in result.failed]
    outcome: Json = {"done": [*result.done], "failed": failed}
    change_said = given.model_dump(mode="json", exclude_unset=True, exclude={"numbers"})
    await noted(ask, "case.many", "cases", None, {"change": change_said, **outcome})
    return as_json(outcome)


@endpoint("GET /api/mentions", roles=STAFF, query=MentionQuery, reply=MentionsReply)
async def list_mentions(ask: Ask) -> web.Response:
    """Notes that name the caller, the newest first."""
    asked = ask.asked(MentionQuery)
    found = await _cases(ask).mentions(ask.caller.person().id, seen=asked.seen, limit=asked.limit)
    return as_json({"mentions": list(found)})


@endpoint("POST /api/threads/{id}/mentions/seen", roles=STAFF, reply=Done)
async def see_mentions(ask: Ask) -> web.Response:
    """The caller has read what named him in this thread."""
    await _cases(ask).see_mentions(ask.caller.person().id, ThreadId(ask.path_id("id")))
    return as_json({"done": True})


@endpoint("GET /api/sla-policies", roles=STAFF, reply=PoliciesReply)
async def list_policies(ask: Ask) -> web.Response:
    """What is promised to customers."""
    return as_json({"policies": [marked(one) for one in await _cases(ask).policies()]})


@endpoint("PUT /api/sla-policies/{name}", roles=ADMINS, body=PolicyEdit, reply=Done)
async def define_policy(ask: Ask) -> web.Response:
    """Make or change a promise; cases under way keep their deadlines."""
    given = ask.read(PolicyEdit)
    policy = Policy(ask.request.match_info["name"], given.first_reply_s, given.turn_s, given.resolve_s)
    name, before = policy.id, await _cases(ask).policies()
    unchanged(ask, before, "id", name)
    await _cases(ask).define_policy(policy, given.title, given.calendar)
    was, now = _of("id", name, before, await _cases(ask).policies())
    await noted(ask, "promise.change", f"promise:{name}", was, now)
    return as_json({"done": True})


@endpoint("GET /api/queue-promises", roles=STAFF, reply=PromisesReply)
async def list_promises(ask: Ask) -> web.Response:
    """What each queue promises."""
    return as_json({"promises": [marked(one) for one in await _cases(ask).promises()]})


@endpoint("PUT /api/queues/{name}/promise", roles=ADMINS, body=PromiseEdit, reply=Done)
async def promise(ask: Ask) -> web.Response:
    """What a queue promises, and for how long its resolved cases open again."""
    given = ask.read(PromiseEdit)
    name, before = ask.request.match_info["name"], await _cases(ask).promises()
    unchanged(ask, before, "queue", name)
    await _cases(ask).promise(name, given.policy, given.reopen_window_s)
    was, now = _of("queue", name, before, await _cases(ask).promises())
    await noted(ask, "queue.promise", f"queue:{name}", was, now)
    return as_json({"done": True})


def _of(key: str, name: str, *stages: Sequence[Json]) -> list[Json | None]:
    """The thing of that name in each of the lists."""
    return [next((one for one in things if one.get(key) == name), None) for things in stages]


def _cases(ask: Ask) -> Cases:
    if ask.services.cases is None:
        raise NotFound("There are no cases here.")
    return ask.services.cases


def _me(ask: Ask) -> AgentId | None:
    return None if ask.caller.agent is None else ask.caller.agent.id


def case_number(ask: Ask) -> int:
    text = ask.request.match_info["number"]
    if not text.isdecimal() or len(text) > 15:
        raise NotFound("No such case.")
    return int(text)


async def _view(ask: Ask, asked: CaseQuery) -> View:
    statuses = tuple(status for status in Status if status.is_open)
    if asked.status is not None:
        statuses = (_status(asked.status),)
    mine = ask.caller.person().id if asked.view in ("mine", "snoozed") else None
    asleep = {"snoozed": True, "all": None}.get(asked.view, False)
    thread = None if asked.thread is None else ThreadId(asked.thread)
    queues: tuple[str, ...] | None = None if asked.queue is None else (asked.queue,)
    if asked.view == "queues" and queues is None:
        queues = tuple(await _cases(ask).queues_of(_me(ask)))
    return View(mine, asked.view == "unassigned", queues, statuses, asleep, asked.tag, thread)


def _status(word: str) -> Status:
    return next(status for status in Status if status.word == word)


def _change(edit: CaseEdit) -> CaseChange:
    """What was given, in the words of the room. Raises BadField where null means nothing."""
    return _checked(edit.model_dump(exclude_unset=True))


def _checked(given: dict[str, Any]) -> CaseChange:
    for name in NOT_NULL:
        if name in given and given[name] is None:
            raise BadField("may be left out, but not null", name)
    if "status" in given:
        given["status"] = _status(given["status"])
    if given.get("owner") is not None:
        given["owner"] = AgentId(given["owner"])
    return cast(CaseChange, given)


ENDPOINTS: tuple[Handler, ...] = (
    list_cases,
    count_cases,
    open_case,
    show_case,
    change_case,
    change_cases,
    list_mentions,
    see_mentions,
    list_policies,
    define_policy,
    list_promises,
    promise,
)
