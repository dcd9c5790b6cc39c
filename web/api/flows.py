"""Flows: supervisors read them and see what calls did, admins write, test and publish them."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from ivr_flows.findings import FlowRejected
from ivr_flows.source import MAX_BYTES
from telephony.flow_book import TestsRed
from telephony.flow_room.service import SavedMeanwhile
from threadline.kernel.errors import Invalid, NotFound
from threadline.kernel.events import Json
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import LEADS
from web.flow_ports import FlowRooms

LONGEST_SPAN: Final = timedelta(days=92)
WIDEST: Final = 2**31 - 1
Number = Annotated[int, Field(ge=1, le=WIDEST)]


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("may not contain a NUL character")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES), AfterValidator(_no_nul)]


class FlowText(Request):
    yaml: Text


class FlowSave(FlowText):
    """`based_on`: the revision the author began from; null for a new flow."""

    based_on: Number | None = None
    message: Annotated[
        str, StringConstraints(max_length=500, strip_whitespace=True), AfterValidator(_no_nul)
    ] = ""


class FlowPatch(FlowText):
    """One value at a path such as ["steps", "main", "timeout"]; null takes the key away."""

    path: Annotated[list[ShortText], Field(min_length=1, max_length=12)]
    value: str | int | float | bool | None = None


class FlowWalk(FlowText):
    """`call`, `contact` and `mock` as in a flow's tests; `acts` as telephony.flow_room.trial.walk has them."""

    call: dict[str, Any] = Field(default_factory=dict)
    contact: dict[str, Any] = Field(default_factory=dict)
    mock: dict[str, Any] = Field(default_factory=dict)
    acts: Annotated[list[dict[str, Any]], Field(max_length=500)] = Field(default_factory=list)
    at: AwareDatetime | None = None


class RevisionChoice(Request):
    revision: Number


class CanaryEdit(Request):
    """`percent` 0 ends it."""

    number: ShortText
    revision: Number
    percent: Annotated[int, Field(ge=0, le=99)]


class TextQuery(Request):
    """`revision` left out: the newest."""

    revision: Number | None = None


class DiffQuery(Request):
    old: Number
    new: Number


class PathsQuery(Request):
    """At most three months; left out, the last week."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    revision: Number | None = None
    step: Annotated[str, StringConstraints(max_length=130), AfterValidator(_no_nul)] | None = None


class FlowsReply(Reply):
    flows: list[dict[str, Any]]


class FlowReply(Reply):
    id: str
    n: int
    yaml: str
    author: str
    message: str
    saved_at: str
    published: int | None
    numbers: list[dict[str, Any]]


class RevisionsReply(Reply):
    revisions: list[dict[str, Any]]


class DiffReply(Reply):
    lines: list[str]


class CheckReply(Reply):
    """`outline`: steps, ways, prompts and tests, as far as the text can be read."""

    findings: list[dict[str, Any]]
    outline: dict[str, Any]


class SavedReply(Reply):
    id: str
    n: int
    findings: list[dict[str, Any]]


class TestsReply(Reply):
    __test__ = False

    tests: list[dict[str, Any]]
    coverage: dict[str, Any]


class WalkReply(Reply):
    lines: list[dict[str, Any]]
    vars: dict[str, Any]
    step: str
    over: bool


class PatchedReply(Reply):
    yaml: str


class TrialNumberReply(Reply):
    number: str


class PathsReply(Reply):
    ways: list[dict[str, Any]]
    keys: list[dict[str, Any]]


class FlowCallsReply(Reply):
    calls: list[dict[str, Any]]


def rooms(ask: Ask) -> FlowRooms:
    """Raises NotFound where a server edits no flows."""
    if ask.services.flows is None:
        raise NotFound
    return ask.services.flows


@endpoint("GET /api/flows", roles=LEADS, reply=FlowsReply)
async def list_flows(ask: Ask) -> web.Response:
    """Every flow: its newest revision, the one in force, who saved it, and the numbers it answers."""
    return as_json({"flows": await rooms(ask).room.everything()})


@endpoint("POST /api/flows", roles=ADMINS, body=FlowSave, reply=SavedReply, status=201)
async def save_flow(ask: Ask) -> web.Response:
    """Save a text as the next revision; 409 names who saved meanwhile, 422 every finding."""
    given = ask.read(FlowSave)
    try:
        saved = await rooms(ask).room.save(
            given.yaml, given.based_on, _author(ask), given.message, actor(ask)
        )
    except SavedMeanwhile as exc:
        theirs = {name: exc.newest[name] for name in ("n", "author", "message", "yaml")}
        theirs["saved_at"] = exc.newest["created_at"]
        return _refused(409, "outdated", str(exc), theirs=theirs, yours=exc.yours)
    except FlowRejected as exc:
        return _rejected(exc)
    return as_json(saved, status=201)


@endpoint("POST /api/flows/-/check", roles=LEADS, body=FlowText, reply=CheckReply)
async def check_flow(ask: Ask) -> web.Response:
    """Everything found in a text, and its picture; nothing is stored."""
    return as_json(await rooms(ask).room.check(ask.read(FlowText).yaml))


@endpoint("POST /api/flows/-/test", roles=LEADS, body=FlowText, reply=TestsReply)
async def test_flow(ask: Ask) -> web.Response:
    """Run the text's own tests; nothing is stored."""
    try:
        return as_json(await rooms(ask).room.test(ask.read(FlowText).yaml))
    except FlowRejected as exc:
        return _rejected(exc)


@endpoint("POST /api/flows/-/walk", roles=LEADS, body=FlowWalk, reply=WalkReply)
async def walk_flow(ask: Ask) -> web.Response:
    """Walk through a text by keys and words, without a call."""
    given = ask.read(FlowWalk)
    facts: Json = {"call": given.call, "contact": given.contact, "mock": given.mock}
    try:
        return as_json(await rooms(ask).room.walk(given.yaml, facts, given.acts, given.at))
    except FlowRejected as exc:
        return _rejected(exc)


@endpoint("POST /api/flows/-/patch", roles=LEADS, body=FlowPatch, reply=PatchedReply)
async def patch_flow(ask: Ask) -> web.Response:
    """The text with one value changed where it is written, comments and all else as they are; nothing is stored."""
    given = ask.read(FlowPatch)
    try:
        return as_json({"yaml": await rooms(ask).room.patch(given.yaml, given.path, given.value)})
    except FlowRejected as exc:
        return _rejected(exc)


@endpoint("GET /api/flows/{name}", roles=LEADS, query=TextQuery, reply=FlowReply)
async def show_flow(ask: Ask) -> web.Response:
    """The text of a revision, the newest unless one is named."""
    return as_json(await rooms(ask).room.text(flow_of(ask), ask.asked(TextQuery).revision))


@endpoint("GET /api/flows/{name}/revisions", roles=LEADS, reply=RevisionsReply)
async def list_revisions(ask: Ask) -> web.Response:
    """Who saved what when, the newest first."""
    return as_json({"revisions": await rooms(ask).room.revisions(flow_of(ask))})


@endpoint("GET /api/flows/{name}/diff", roles=LEADS, query=DiffQuery, reply=DiffReply)
async def show_diff(ask: Ask) -> web.Response:
    """What changed from one revision to another, as the lines of a unified diff."""
    asked = ask.asked(DiffQuery)
    return as_json({"lines": await rooms(ask).room.difference(flow_of(ask), asked.old, asked.new)})


@endpoint("POST /api/flows/{name}/publish", roles=ADMINS, body=RevisionChoice, reply=Done)
async def publish_flow(ask: Ask) -> web.Response:
    """Put a revision in force, a former one too; calls under way keep theirs. 409 with the tests that fail."""
    try:
        await rooms(ask).room.publish(flow_of(ask), ask.read(RevisionChoice).revision, actor(ask))
    except TestsRed as exc:
        return _red(exc)
    return as_json({"done": True})


@endpoint("PUT /api/flows/{name}/canary", roles=ADMINS, body=CanaryEdit, reply=Done)
async def set_canary(ask: Ask) -> web.Response:
    """Let a share of a number's callers hear a revision; the same caller always the same one."""
    given = ask.read(CanaryEdit)
    try:
        await rooms(ask).room.set_canary(
            flow_of(ask), given.number, given.revision, given.percent, actor(ask)
        )
    except TestsRed as exc:
        return _red(exc)
    return as_json({"done": True})


@endpoint("POST /api/flows/{name}/trial-number", roles=ADMINS, body=RevisionChoice, reply=TrialNumberReply)
async def try_at_number(ask: Ask) -> web.Response:
    """A number that answers with this very revision, for calls from phones of ours."""
    revision = ask.read(RevisionChoice).revision
    number = await rooms(ask).room.try_at_number(flow_of(ask), revision, ask.services.region, actor(ask))
    return as_json({"number": number})


@endpoint("GET /api/flows/{name}/paths", roles=LEADS, query=PathsQuery, reply=PathsReply)
async def show_paths(ask: Ask) -> web.Response:
    """How often calls took each way of a flow, how long they stayed, where they ended, and which keys they pressed."""
    asked = ask.asked(PathsQuery)
    return as_json(await rooms(ask).room.paths(flow_of(ask), _span(ask, asked), asked.revision))


@endpoint("GET /api/flows/{name}/calls", roles=LEADS, query=PathsQuery, reply=FlowCallsReply)
async def list_calls(ask: Ask) -> web.Response:
    """The latest calls of a flow, or of those that were at a step."""
    asked = ask.asked(PathsQuery)
    return as_json({"calls": await rooms(ask).room.calls(flow_of(ask), _span(ask, asked), asked.step)})


def _span(ask: Ask, asked: PathsQuery) -> tuple[datetime, datetime]:
    until = asked.until or ask.services.clock.now()
    since = asked.since or until - timedelta(days=7)
    if until - since > LONGEST_SPAN:
        raise Invalid("at most three months")
    return since, until


def flow_of(ask: Ask) -> str:
    """The name of the flow in the address. Raises NotFound for what can be none."""
    name = ask.request.match_info["name"]
    if "\x00" in name:
        raise NotFound
    return name


def _author(ask: Ask) -> str:
    return ask.caller.agent.display_name if ask.caller.agent is not None else ask.caller.name


def _rejected(exc: FlowRejected) -> web.Response:
    return _refused(422, "invalid", str(exc), findings=[one.to_json() for one in exc.findings])


def _red(exc: TestsRed) -> web.Response:
    tests = [{"name": trace.name, "failures": [*trace.failures]} for trace in exc.traces]
    return _refused(409, "tests_red", str(exc), tests=tests)


def _refused(status: int, code: str, message: str, **facts: object) -> web.Response:
    return as_json({"error": {"code": code, "message": message, **facts}}, status=status)


ENDPOINTS: tuple[Handler, ...] = (
    list_flows,
    save_flow,
    check_flow,
    test_flow,
    walk_flow,
    patch_flow,
    show_flow,
    list_revisions,
    show_diff,
    publish_flow,
    set_canary,
    try_at_number,
    show_paths,
    list_calls,
)
