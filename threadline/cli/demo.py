"""`threadline demo`: the server with a history and customers who call by themselves."""

import argparse

from threadline.cli.frame import add_settings, read_settings
from threadline.cli.serve import run_server


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
    from threadline.demo import DemoOptions  # simulated customers: only when they are to call

    settings = read_settings(
        arguments, data_dir="./data/demo", sip="127.0.0.1:5060", log_level="warning", private_webhooks="true"
    )  # the example flows ask services on this machine
    return run_server(settings, DemoOptions(quiet_customers=arguments.quiet_customers))
