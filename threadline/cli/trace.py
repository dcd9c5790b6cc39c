"""`threadline trace CALL`: the SIP messages of one call, as a ladder or a pcap file."""

import argparse
import sys
from pathlib import Path
from uuid import UUID

from threadline.cli.remote import add_remote, ask
from threadline.kernel.errors import Invalid


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Shows the SIP messages of a recent call of a running server: arrows between us and each peer, then every "
        "message. Credentials and media keys are never kept. The call's identifier stands in its thread and in "
        "`/api/calls/{id}`."
    )
    parser.add_argument("call", metavar="CALL", type=_call, help="the call's identifier, a UUID")
    parser.add_argument("--bodies", action="store_true", help="SDP too, without its keys")
    parser.add_argument("--pcap", type=Path, metavar="FILE", help="write a capture for Wireshark instead")
    add_remote(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    form = "pcap" if arguments.pcap else "text"
    bodies = "true" if arguments.bodies else "false"
    data = ask(arguments, "GET", f"/api/calls/{arguments.call}/trace?format={form}&bodies={bodies}")
    if not arguments.pcap:
        print(data.decode("utf-8"), end="")
        return 0
    try:
        arguments.pcap.write_bytes(data)
    except OSError as exc:
        raise Invalid(f"{arguments.pcap} can't be written: {exc.strerror}") from exc
    print(f"{len(data)} bytes in {arguments.pcap}", file=sys.stderr)
    return 0


def _call(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no UUID") from None
