"""`threadline bans`: addresses the SIP port shut out, and letting one back in."""

import argparse
import json
from urllib.parse import quote

from threadline.cli.remote import add_remote, ask


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Lists the addresses a running server shut out for guessing passwords, with the time they are let back in; "
        "or lifts a ban now. Addresses in `sip_allow` and of trunks are never banned."
    )
    parser.add_argument("--lift", metavar="ADDRESS", help="let this address back in")
    add_remote(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.lift:
        ask(arguments, "DELETE", f"/api/operations/bans/{quote(arguments.lift, safe='')}")
        print(f"{arguments.lift} may come back")
        return 0
    bans = json.loads(ask(arguments, "GET", "/api/operations"))["bans"]
    for ban in bans:
        print(f"{ban['address']}  until {ban['until']}  time {ban['count']}  {ban['reason']}")
    if not bans:
        print("nobody is banned")
    return 0
