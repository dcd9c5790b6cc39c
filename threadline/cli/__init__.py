"""The command line. One file per command; each adds its own arguments and says what to run.

Exit codes: 0 done · 1 it could not be done, or faults were found · 2 wrong use or refused settings ·
130 interrupted. `call` has its own, in its help.
"""

import argparse
import sys
from collections.abc import Sequence

from threadline import __version__
from threadline.cli import api_token, call, demo, doctor, flow, model, serve, user
from threadline.config import SettingsRefused
from threadline.kernel.errors import ThreadlineError

COMMANDS = (serve, demo, doctor, call, flow, user, api_token, model)
REFUSED, INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = make_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except SettingsRefused as exc:
        print("threadline can't use these settings:", *exc.findings, sep="\n  ", file=sys.stderr)
        return REFUSED
    except ThreadlineError as exc:
        print(f"threadline: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="threadline",
        description="A contact-center server: one thread per customer, calls included.",
        epilog="Exit codes: 0 done, 1 it could not be done or faults were found, 2 wrong use or refused settings, "
        "130 interrupted. Every setting is also an environment variable: docs/configuration.md.",
    )
    parser.add_argument("--version", action="version", version=f"threadline {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
