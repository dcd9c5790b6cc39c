"""The command line. One file per command, loaded only when it is the one that was asked for.

Exit codes: 0 done · 1 it could not be done, or faults were found · 2 wrong use or refused settings ·
130 interrupted. `call` has its own, in its help.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

from threadline import __version__
from threadline.config import SettingsRefused
from threadline.kernel.errors import ThreadlineError

# command -> its module, which has `fill(parser)`, and the line that `--help` shows
COMMANDS: Final = {
    "serve": ("serve", "run the server"),
    "demo": ("demo", "run the server with simulated customers and a history"),
    "doctor": ("doctor", "say whether the server can work here, and what to mend"),
    "call": ("call", "call a number of a running server, press keys, keep what was heard"),
    "trace": ("trace", "the SIP messages of one call of a running server"),
    "bans": ("bans", "addresses the SIP port shut out, and letting one back in"),
    "flow": ("flow", "check, test or simulate flows"),
    "simulate-queue": ("simulate_queue", "predict what your queues and agents will do on a day"),
    "user": ("user", "people who log in"),
    "token": ("api_token", "bearer tokens for programs"),
    "model": ("model", "speech recognition models"),
}
REFUSED, INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = make_parser(next((word for word in words if word in COMMANDS), None)).parse_args(words)
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


def make_parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser, with the flags of the command `wanted`."""
    parser = argparse.ArgumentParser(
        prog="threadline",
        description="A contact-center server: one thread per customer, calls included.",
        epilog="Exit codes: 0 done, 1 it could not be done or faults were found, 2 wrong use or refused settings, "
        "130 interrupted. Every setting is also an environment variable: docs/configuration.md.",
    )
    parser.add_argument("--version", action="version", version=f"threadline {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (module, line) in COMMANDS.items():
        command = commands.add_parser(name, help=line)
        if name == wanted:
            importlib.import_module(f"threadline.cli.{module}").fill(command)
    return parser
