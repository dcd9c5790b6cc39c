"""`threadline call`: a second SIP implementation on the other end of the wire."""

from telephony.dialler import add_arguments, main

from threadline.cli.frame import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser(
        "call", help="call a number of a running server, press keys, keep what was heard"
    )
    add_arguments(parser)
    parser.set_defaults(run=main)
