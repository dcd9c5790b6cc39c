"""`threadline simulate-queue`: what the queues, skills and agents there are will do on a day."""

import argparse
import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from omnichannel.routing.planning.service import Planner, Wish
from omnichannel.routing.simulation.what_if import what_if
from threadline.cli.frame import STORAGE, add_settings, database
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Json

WIDE = 34


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Predicts service level, abandonment and occupancy of your own queues, with the matcher that routes the real "
        "calls, next to Erlang A and to a team where everybody can do everything. Works whether or not the server "
        "is running; 2,000 contacts take a few seconds, 20,000 a minute or two."
    )
    parser.add_argument(
        "--day", type=_day, metavar="YYYY-MM-DD", help="a real day's arrivals (default: yesterday, UTC)"
    )
    parser.add_argument(
        "--contacts",
        action="append",
        default=[],
        type=_count,
        metavar="QUEUE=N",
        help="a synthetic day instead, with so many contacts for this queue; repeatable",
    )
    parser.add_argument(
        "--hours", type=_within(1, 24), default=10.0, help="of the synthetic day (default 10)"
    )
    parser.add_argument(
        "--service",
        type=_within(5, 7200),
        metavar="SECONDS",
        help="mean talk and wrap-up (default: as measured, else 240)",
    )
    parser.add_argument(
        "--no-staffing", action="store_true", help="without the table of more and fewer agents"
    )
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    add_settings(parser, STORAGE)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    answer = asyncio.run(_predict(arguments))
    if arguments.json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print(*lines(answer), sep="\n")
    return 0


async def _predict(arguments: argparse.Namespace) -> Json:
    async with database(arguments) as pool:
        clock = SystemClock()
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        day = None if arguments.contacts else arguments.day or midnight - timedelta(days=1)
        wish = Wish(
            day, dict(arguments.contacts), arguments.hours, arguments.service, not arguments.no_staffing
        )
        setup = await Planner(pool, clock).setup(wish)
    return what_if(setup, staffing=wish.staffing)


def lines(answer: Any) -> list[str]:
    """The answer as text: a table, the comparisons, the warnings, the staffing table."""
    basis = answer["basis"]
    text = [
        f"{basis['arrivals']} arrivals: {basis['contacts']} contacts in {basis['hours']:g} h, {basis['agents']} agents; "
        f"{basis['days']} days simulated"
    ]
    if answer["all"] is not None:
        head = f"{'':{WIDE}}  in time %      given up %     wait s (95 of 100)  busy %     Erlang A"
        text += ["", head, *(_row(_name(one), one) for one in answer["classes"])]
        text.append(_row("all", answer["all"] | {"erlang_a": answer["erlang_a"]}))
        text.append(_row("all, if everybody could do all", answer["cross_trained"] | {"erlang_a": None}))
    text += ["", *(f"! {one['text']}" for one in answer["warnings"])] if answer["warnings"] else []
    if answer["staffing"]:
        text += ["", "with fewer and more agents of the same mix:"]
        text += [_row(f"{one['agents']} agents", one) for one in answer["staffing"]]
    return text


def _name(one: Any) -> str:
    need = ", ".join(f"{skill} {level}" for skill, level in one["need"].items())
    return f"{one['queue']} ({need})"[:WIDE]


def _row(name: str, one: Any) -> str:
    book = one["erlang_a"]
    beside = "" if book is None else f"{book['service_level']:5.1f} in time, {book['abandoned']:.1f} given up"
    return (
        f"{name:{WIDE}}  {_span(one['service_level'])}  {_span(one['abandoned'])}  {_span(one['p95'])}       "
        f"{one['occupancy']['mean']:5.1f}      {beside}"
    ).rstrip()


def _span(one: Any) -> str:
    return f"{one['mean']:5.1f} ± {one['half']:<5.1f}"


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _count(text: str) -> tuple[str, float]:
    queue, sign, count = text.partition("=")
    if not queue or not sign:
        raise argparse.ArgumentTypeError("say it as QUEUE=N, such as support=800")
    return queue, _within(0, 200_000)(count)


def _within(least: float, most: float) -> Callable[[str], float]:
    """Numbers the page takes too."""

    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"from {least:g} to {most:g}")
        return value

    return number
