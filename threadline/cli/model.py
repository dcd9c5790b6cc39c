"""`threadline model fetch`: speech recognition for one more language."""

import argparse
import sys

from recordings.transcribe.fetch import fetch, source_for
from threadline.cli.frame import add_settings, read_settings

STEP = 1 << 20


def fill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    get = actions.add_parser(
        "fetch",
        help="download one, verified by its checksum",
        description="Downloads a speech recognition model into the models folder. A running server finds it by "
        "itself and transcribes what was waiting for it.",
    )
    get.add_argument("language", metavar="LANG", help="such as vi or en-US")
    get.add_argument("--url", help="the archive, where none is known for the language")
    get.add_argument("--sha256", help="its checksum")
    get.add_argument(
        "--trust-first-use", action="store_true", help="take an unknown archive and keep its checksum"
    )
    add_settings(get, ("data_dir", "models_dir"))
    get.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = read_settings(arguments)
    source = source_for(arguments.language, arguments.url, arguments.sha256)
    print(f"Fetching {source.url}", file=sys.stderr)
    folder = fetch(
        arguments.language,
        settings.models_dir,
        source,
        trust_first_use=arguments.trust_first_use,
        progress=_show if sys.stderr.isatty() else None,
    )
    print(f"The model for {arguments.language} is in {folder}")
    return 0


def _show(have: int, total: int | None) -> None:
    end = "\n" if have == total else ""
    print(f"\r{have / STEP:,.1f} of {(total or 0) / STEP:,.1f} MB", end=end, file=sys.stderr)
