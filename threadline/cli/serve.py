"""`threadline serve`: the server, until SIGTERM or Ctrl-C."""

import argparse
import asyncio

from threadline.cli.frame import add_settings, read_settings
from threadline.logs import set_up_logging


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Runs the server. SIGTERM or Ctrl-C drains it: new calls get 503, running ones may finish within "
        "--drain-s seconds; a second signal ends it at once."
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from threadline.compose import serve  # the whole server: only when it is to run

    settings = read_settings(arguments)
    set_up_logging(settings.log_level, settings.log_format, with_pii=settings.log_pii)
    return asyncio.run(serve(settings, demo=None))
