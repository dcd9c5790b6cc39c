"""`threadline user add`: somebody who logs in, with a phone account where an extension is given."""

import argparse
import asyncio
import getpass
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from omnichannel.people import People
from omnichannel.people.model import ROLES
from telephony.sip.store import SipStore
from threadline.cli.frame import STORAGE, add_settings, database, read_settings
from threadline.kernel.clock import SystemClock
from threadline.kernel.errors import Invalid, Refused

EXTENSION = re.compile(r"[a-zA-Z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was generated and is shown this once."""

    password: str | None
    phone_password: str | None


def fill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser(
        "add",
        help="add one, with a phone account where --extension is given",
        description="Adds somebody who logs in. Passwords that are not given are generated and printed, this once. "
        "Works whether or not the server is running.",
    )
    add.add_argument("login")
    add.add_argument("--name", help="as others see it (default: the login)")
    add.add_argument("--role", choices=ROLES, default="agent", help="default: agent")
    add.add_argument(
        "--locale", default="vi-VN", help="language of the pages, such as en-US (default: vi-VN)"
    )
    add.add_argument(
        "--skill",
        action="append",
        default=[],
        metavar="NAME=LEVEL",
        help="such as support=3; levels 1 to 5; repeatable",
    )
    add.add_argument("--extension", help="the SIP account that rings for this person, such as 101")
    add.add_argument("--md5", action="store_true", help="the phone knows no better digest than MD5")
    add.add_argument(
        "--srtp",
        choices=("off", "offered", "required"),
        default="off",
        help="encrypted audio for the phone, over TLS and WSS (default off)",
    )
    add.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the password, “-” to be asked for it"
    )
    add_settings(add, (*STORAGE, "realm"))
    add.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    made = asyncio.run(_add(arguments))
    print(f"{arguments.login} may log in as {arguments.role}.")
    if made.password:
        print(f"  password        {made.password}")
    if made.phone_password:
        print(f"  phone account   {arguments.extension}\n  phone password  {made.phone_password}")
    return 0


async def _add(arguments: argparse.Namespace) -> Secrets:
    skills = _skills(arguments.skill)
    given = _password(arguments.password_file)
    made = Secrets(
        None if given else secrets.token_urlsafe(12),
        secrets.token_urlsafe(12) if arguments.extension else None,
    )
    async with database(arguments) as pool:
        accounts = SipStore(pool, SystemClock())
        if arguments.extension and not EXTENSION.fullmatch(arguments.extension):
            raise Invalid(
                f"not an extension: {arguments.extension}; letters, digits, dot, hyphen and underscore"
            )
        if arguments.extension and await accounts.account(arguments.extension):
            raise Refused(f"the phone account {arguments.extension} exists already")
        await People(pool, SystemClock()).add(
            arguments.login,
            given or made.password,
            role=arguments.role,
            display_name=arguments.name or arguments.login,
            extension=arguments.extension,
            skills=skills,
            locale=arguments.locale,
        )
        if arguments.extension and made.phone_password:
            realm = read_settings(arguments).realm
            await accounts.add_account(
                arguments.extension, realm, made.phone_password, md5=arguments.md5, srtp=arguments.srtp
            )
    return made


def _password(source: Path | None) -> str | None:
    """From a file, or asked for; never from the command line, which everybody on the machine can read."""
    if source is None:
        return None
    if str(source) == "-":
        return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        return source.read_text("utf-8").strip()
    except OSError as exc:
        raise Invalid(f"the password file {source} can't be read: {exc.strerror}") from exc


def _skills(written: list[str]) -> Mapping[str, int]:
    skills = {}
    for entry in written:
        name, _, level = entry.partition("=")
        if not level.isdigit():
            raise Invalid(f"not NAME=LEVEL: {entry}; for example --skill support=3")
        skills[name] = int(level)
    return skills
