"""`threadline token create`: a bearer token for programs."""

import argparse
import asyncio

from omnichannel.people import People
from omnichannel.people.model import ROLES
from threadline.cli.frame import STORAGE, add_settings, database
from threadline.kernel.clock import SystemClock
from threadline.kernel.errors import NotFound


def fill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make one and print it, this once")
    create.add_argument("name", help="what it is for, such as crm-import")
    create.add_argument(
        "--role", choices=ROLES, default="supervisor", help="what it may do (default: supervisor)"
    )
    create.add_argument("--login", help="speak for this person instead of for a machine")
    add_settings(create, STORAGE)
    create.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    print(asyncio.run(_create(arguments)))
    return 0


async def _create(arguments: argparse.Namespace) -> str:
    async with database(arguments) as pool:
        people = People(pool, SystemClock())
        agent = await people.by_login(arguments.login) if arguments.login else None
        if arguments.login and agent is None:
            raise NotFound(f"nobody has the login {arguments.login}; `threadline user add` makes one")
        return await people.create_token(arguments.name, arguments.role, agent.id if agent else None)
