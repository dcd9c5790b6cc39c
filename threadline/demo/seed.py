"""Puts the demo's shop into an empty database; everything that is there already stays as it is."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from omnichannel.audit.service import SYSTEM
from threadline.demo.articles import ARTICLES
from threadline.demo.cast import (
    CALENDAR,
    CUSTOMERS,
    EMPLOYEES,
    FLOW,
    HOTLINE,
    LINES,
    NIGHT,
    QUEUES,
    TIMEZONE,
    Customer,
    Said,
)
from threadline.demo.history import moment_of
from threadline.demo.passwords import keep_passwords
from threadline.demo.stage import Stage
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

log = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).parents[2] / "ivr_flows" / "flows"
SHIPPED_FLOW: Final = SHIPPED / f"{FLOW}.yaml"
STAND_IN: Final = re.compile(r"https://(\w+)\.example")  # where a shipped flow asks a system nobody here has
ENDPOINT: Final = "demo"  # the address the messages of the past came in by
AUTHOR: Final = "demo"
ALWAYS: Final[Json] = {day: [["00:00", "00:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


async def seed(stage: Stage, folder: Path, realm: str) -> Mapping[str, str]:
    """People, phones, queues, hours, the hotline, the help page and the history; idempotent.

    Returns the passwords, `login:NAME` and `phone:ACCOUNT`, which live in `folder`.
    """
    names = [f"login:{one.login}" for one in EMPLOYEES] + [f"phone:{account}" for account in _phones()]
    passwords = keep_passwords(folder, names)
    agents = await _hire(stage, passwords)
    for account in _phones():  # again at every start: what the banner says is what counts
        await stage.accounts.add_account(account, realm, passwords[f"phone:{account}"], md5=True)
    await _open_shop(stage)
    await _write_articles(stage)
    for customer in CUSTOMERS:
        await _remember(stage, customer, agents)
    return passwords


def _phones() -> list[str]:
    return [one.extension for one in EMPLOYEES] + [one.account for one in CUSTOMERS]


async def _hire(stage: Stage, passwords: Mapping[str, str]) -> dict[str, AgentId]:
    """Everyone by login, with the password of the banner."""
    found: dict[str, AgentId] = {}
    for one in EMPLOYEES:
        password = passwords[f"login:{one.login}"]
        known = await stage.people.by_login(one.login)
        if known is not None:
            found[one.login] = known.id
            if await stage.people.authenticate(one.login, password) is None:
                await stage.people.set_password(known.id, password)
            continue
        found[one.login] = await stage.people.add(
            one.login,
            password,
            role=one.role,
            display_name=one.name,
            extension=one.extension,
            skills=one.skills,
            locale=one.locale,
            wrap_up_s=one.wrap_up_s,
        )
    return found


async def _open_shop(stage: Stage) -> None:
    """Queues, hours and the hotline. Whoever published another flow keeps it."""
    known = {str(queue["id"]) for queue in await stage.router.queues()}
    for name, (title, need) in QUEUES.items():
        if name not in known:
            await stage.router.define_queue(name, title, need=need)
    if CALENDAR not in stage.flows.calendars:
        await stage.flows.set_calendar(CALENDAR, TIMEZONE, ALWAYS, [])
    if stage.flows.answering(HOTLINE) is None:
        flow, number, _ = await stage.flows.save(
            SHIPPED_FLOW.read_text(), AUTHOR, "the flow as it is shipped"
        )
        await stage.flows.publish(flow, number)
        await stage.flows.set_route(HOTLINE, "Hotline", flow)
        log.info("hotline published", extra={"flow": flow, "revision": number})


async def _write_articles(stage: Stage) -> None:
    """The help page. An article somebody has changed stays as it is."""
    if stage.knowledge is None:
        return
    known = {str(article["slug"]) for article in await stage.knowledge.articles()}
    for article in ARTICLES:
        if article.slug not in known:
            await stage.knowledge.save(article, SYSTEM)


async def open_lines(stage: Stage, services: str) -> None:
    """The other numbers, each by its example flow; `services` is where the systems they ask are. Idempotent.

    The prompts are spoken as they are published, which takes a while the first time.
    """
    if NIGHT not in stage.flows.calendars:
        await stage.flows.set_calendar(NIGHT, TIMEZONE, {}, [])
    for line in LINES:
        if stage.flows.answering(line.number) is not None:
            continue
        text = STAND_IN.sub(rf"{services}/\1", (SHIPPED / f"{line.flow}.yaml").read_text("utf-8"))
        try:
            flow, number, _ = await stage.flows.save(text, AUTHOR, "the flow as it is shipped")
            await stage.flows.publish(flow, number)
            await stage.flows.set_route(line.number, line.title, flow)
        except ThreadlineError as exc:  # somebody has changed the shop so that it does not fit any more
            log.warning("example flow left out", extra={"flow": line.flow, "error": type(exc).__name__})


async def _remember(stage: Stage, customer: Customer, agents: Mapping[str, AgentId]) -> None:
    """The customer's past, in one thread. A customer without one is not known yet."""
    thread: ThreadId | None = None
    for number, said in enumerate(customer.history):
        entry = await _add(stage, customer, said, number, thread, agents)
        thread = ThreadId(UUID(str(entry["thread"])))


async def _add(
    stage: Stage,
    customer: Customer,
    said: Said,
    number: int,
    thread: ThreadId | None,
    agents: Mapping[str, AgentId],
) -> Mapping[str, object]:
    """The message id makes a second seeding find what the first one wrote."""
    return await stage.threads.add_message(
        thread=thread,
        identity=("phone", customer.phone) if thread is None else None,
        channel=said.channel,
        direction=said.direction,
        text=said.text,
        subject=said.subject,
        at=moment_of(said, stage.clock.now()),
        actor=agents[said.by] if said.by else None,
        provider_msg_id=f"{customer.account}-{number}",
        endpoint=ENDPOINT,
        display=customer.name,
    )
