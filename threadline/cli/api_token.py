"""`threadline token`: bearer tokens for programs, made, listed and revoked."""

import argparse
import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from uuid import UUID

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.people import People
from omnichannel.people.model import ROLES
from omnichannel.people.tokens import Tokens
from threadline.cli.frame import STORAGE, add_settings, database
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.errors import NotFound
from threadline.kernel.scopes import Scope


def fill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make one and print it, this once")
    create.add_argument("name", help="what it is for, such as crm-import")
    create.add_argument(
        "--role", choices=ROLES, default="supervisor", help="what it may do (default: supervisor)"
    )
    create.add_argument(
        "--scope", action="append", choices=[*Scope], help="only these things; may be given several times"
    )
    create.add_argument("--days", type=int, help="how long it is good for (default: until it is revoked)")
    create.add_argument("--login", help="speak for this person instead of for a machine")
    add_settings(create, STORAGE)
    create.set_defaults(run=lambda arguments: _print(_create(arguments)))
    everything = actions.add_parser("list", help="what there is, and when each was used")
    add_settings(everything, STORAGE)
    everything.set_defaults(run=lambda arguments: _print(_list(arguments)))
    revoke = actions.add_parser("revoke", help="end one")
    revoke.add_argument("id", type=UUID, help="as `token list` shows it")
    add_settings(revoke, STORAGE)
    revoke.set_defaults(run=lambda arguments: _print(_revoke(arguments)))


def _print(work: Coroutine[None, None, str]) -> int:
    print(asyncio.run(work))
    return 0


def _tokens(pool: Pool, people: People) -> Tokens:
    clock = SystemClock()
    return Tokens(pool, clock, people, Audit(pool, clock))


async def _create(arguments: argparse.Namespace) -> str:
    async with database(arguments) as pool:
        clock = SystemClock()
        people = People(pool, clock)
        agent = await people.by_login(arguments.login) if arguments.login else None
        if arguments.login and agent is None:
            raise NotFound(f"nobody has the login {arguments.login}; `threadline user add` makes one")
        ends = None if arguments.days is None else clock.now() + timedelta(days=arguments.days)
        made = await _tokens(pool, people).make(
            arguments.name,
            arguments.role,
            SYSTEM,
            agent=agent.id if agent else None,
            scopes=arguments.scope,
            expires_at=ends,
        )
        return str(made["token"])


async def _list(arguments: argparse.Namespace) -> str:
    async with database(arguments) as pool:
        rows = await _tokens(pool, People(pool, SystemClock())).all()
    lines = []
    for one in rows:
        scopes = one["scopes"]
        may = ",".join(map(str, scopes)) if isinstance(scopes, list) else "all"
        state = "revoked" if one["revoked_at"] else f"until {one['expires_at'] or 'revoked'}"
        lines.append(
            f"{one['id']}  {one['name']}  {one['role']}  {may}  {state}  last used {one['last_used_at'] or 'never'}"
        )
    return "\n".join(lines) or "No tokens."


async def _revoke(arguments: argparse.Namespace) -> str:
    async with database(arguments) as pool:
        await _tokens(pool, People(pool, SystemClock())).revoke(arguments.id, SYSTEM)
    return "Revoked."
