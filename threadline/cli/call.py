"""`threadline call`: a second SIP implementation on the other end of the wire."""

import argparse

from telephony.dialler import add_arguments, main


def fill(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    parser.set_defaults(run=main)
