"""`threadline demo`: the server with a history and customers who call by themselves."""

import argparse
import asyncio

from threadline.cli.frame import add_settings, read_settings
from threadline.logs import set_up_logging


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Runs a server of its own in ./data/demo, reachable from this machine only, with accounts, a hotline, "
        "a history and simulated customers who call it."
    )
    parser.add_argument(
        "--quiet-customers", action="store_true", help="nobody calls by himself: the phones are yours"
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from threadline.compose import serve  # the whole server: only when it is to run
    from threadline.demo import DemoOptions

    settings = read_settings(arguments, data_dir="./data/demo", sip="127.0.0.1:5060", log_level="warning")
    set_up_logging(settings.log_level, settings.log_format, with_pii=settings.log_pii)
    return asyncio.run(serve(settings, demo=DemoOptions(quiet_customers=arguments.quiet_customers)))
