"""`threadline serve`: the server, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from threadline.cli.frame import add_settings, read_settings
from threadline.config import Settings
from threadline.kernel.errors import Refused, ThreadlineError
from threadline.logs import set_up_logging
from threadline.loop import loop_factory

if TYPE_CHECKING:
    from threadline.demo import DemoOptions

NOT_OURS: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)


class AddressTaken(Refused):
    """An address to listen on can't be had; `threadline doctor` with the same settings says which."""


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Runs the server. SIGTERM or Ctrl-C drains it: new calls get 503, running ones may finish within "
        "--drain-s seconds; a second signal ends it at once."
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return run_server(read_settings(arguments), None)


def run_server(settings: Settings, demo: "DemoOptions | None") -> int:
    """Runs until told to stop. What an operator can mend is raised as a ThreadlineError of one line."""
    from threadline.compose import serve  # the whole server: only when it is to run

    set_up_logging(settings.log_level, settings.log_format, with_pii=settings.log_pii)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(serve(settings, demo=demo))
    except OSError as exc:
        raise _foreseen(exc) or exc from exc
    except BaseExceptionGroup as group:
        raise next(filter(None, map(_foreseen, _leaves(group))), group) from group


def _foreseen(error: BaseException) -> ThreadlineError | None:
    if isinstance(error, ThreadlineError):
        return error
    if isinstance(error, OSError) and error.errno in NOT_OURS:
        return AddressTaken(f"{AddressTaken.__doc__} ({error.strerror})")
    return None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error
