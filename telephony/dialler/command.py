"""`threadline call`: dial a number of a running server and see what it does."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final, NoReturn

from telephony.dialler.calling import carry_out
from telephony.dialler.plan import Exit, Plan, PlanUnreadable, Report, Server

EPILOG: Final = (
    "Exit codes: 0 the call was answered, 1 the caller itself failed, 2 not answered (busy, refused, rang too "
    "long), 3 registration failed, 4 wrong use. The call is made by pyVoIP, an independent SIP implementation, "
    "in a process of its own."
)
_PHRASES: Final = {
    "registering": "registering as {user}",
    "registered": "registered",
    "not_registered": "not registered: {reason}",
    "dialling": "dialling {number}",
    "ringing": "ringing",
    "answered": "answered",
    "not_answered": "not answered: {code} {reason}",
    "pressed": "pressed {key}",
    "cannot_press": "cannot press {key}: {reason}",
    "saying": "saying the file ({seconds} s)",
    "ended": "ended by {by} after {seconds} s",
    "saved": "saved {seconds} s to {path}",
    "unreadable": "{reason}",
    "broken": "failed: {reason}",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command. Wrong ones end it with 4, as 2 means that nobody answered."""

    def error(message: str) -> NoReturn:
        parser.print_usage(sys.stderr)
        parser.exit(Exit.USAGE, f"{parser.prog}: error: {message}\n")

    parser.error = error  # type: ignore[method-assign]  # argparse has no setting for its exit code
    parser.epilog = EPILOG
    parser.add_argument("number", help="what to dial: a published number or an extension")
    parser.add_argument(
        "--server", default="127.0.0.1:5060", metavar="HOST:PORT", help="SIP server (%(default)s)"
    )
    parser.add_argument("--user", required=True, help="SIP account; it must be allowed MD5 digests")
    parser.add_argument("--password", required=True, help="its password")
    parser.add_argument("--press", default="", metavar="1,3", help="keys to press, one after the other")
    parser.add_argument(
        "--press-after", type=float, default=2.0, metavar="S", help="seconds from answer to first key"
    )
    parser.add_argument("--press-gap", type=float, default=2.0, metavar="S", help="seconds from key to key")
    parser.add_argument("--say", type=Path, metavar="FILE", help="sound file to play to the other side")
    parser.add_argument(
        "--say-after", type=float, default=0.0, metavar="S", help="seconds from answer to the file"
    )
    parser.add_argument(
        "--say-every", type=float, metavar="S", help="play it again each time this has passed"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="WAV file for everything that is heard")
    parser.add_argument(
        "--for", type=float, default=60.0, dest="stay", metavar="S", help="stay on the line this long"
    )
    parser.add_argument(
        "--hang-up-after", action="store_true", help="hang up once all keys and sounds are out"
    )
    parser.add_argument(
        "--ring-for", type=float, default=45.0, metavar="S", help="wait this long for an answer"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing, only the exit code counts")


def run(arguments: argparse.Namespace) -> int:
    """Makes the call and returns the exit code."""
    try:
        plan = plan_of(arguments)
    except PlanUnreadable as exc:
        _print(str(exc), to_error=True)
        return Exit.USAGE
    code, _ = asyncio.run(carry_out(plan, None if arguments.quiet else _tell))
    return int(code)


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Raises PlanUnreadable."""
    if arguments.say is not None and not arguments.say.is_file():
        raise PlanUnreadable(f"{arguments.say} is no file")
    if arguments.save is not None and not arguments.save.absolute().parent.is_dir():
        raise PlanUnreadable(f"{arguments.save.absolute().parent} is no folder")
    return Plan(
        Server.parse(arguments.server),
        arguments.user,
        arguments.password,
        arguments.number,
        keys=arguments.press.replace(",", "").replace(" ", ""),
        press_after_s=arguments.press_after,
        press_gap_s=arguments.press_gap,
        say=str(arguments.say) if arguments.say else None,
        say_after_s=arguments.say_after,
        say_every_s=arguments.say_every,
        save=str(arguments.save) if arguments.save else None,
        stay_s=arguments.stay,
        hang_up_when_done=arguments.hang_up_after,
        ring_s=arguments.ring_for,
    )


def _tell(report: Report) -> None:
    phrase = _PHRASES.get(report["event"])
    if phrase is not None:
        _print(
            phrase.format(**report), to_error=report["event"] in ("unreadable", "broken", "not_registered")
        )


def _print(text: str, *, to_error: bool = False) -> None:
    stream = sys.stderr if to_error else sys.stdout
    stream.write(text + "\n")
    stream.flush()
