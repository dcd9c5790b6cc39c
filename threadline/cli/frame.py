"""What the commands share: settings as flags, and a database to work on."""

import argparse
import contextlib
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from threadline.config import BY_NAME, OPTIONS, Settings, load_settings
from threadline.db.pool import Pool, open_pool
from threadline.db.server import reach_database

STORAGE = ("data_dir", "database_url")


def add_settings(parser: argparse.ArgumentParser, names: Iterable[str] | None = None) -> None:
    """A flag for each setting in `names`, all of them when None, and `--config`."""
    group = parser.add_argument_group(
        "settings", "over the environment (THREADLINE_...) and the configuration file"
    )
    for option in OPTIONS if names is None else [BY_NAME[name] for name in names]:
        help_text = f"{option.doc} Default: {option.default}.".replace("%", "%%")
        group.add_argument(option.flag, dest=f"setting_{option.name}", metavar=option.form, help=help_text)
    group.add_argument("--config", type=Path, metavar="FILE", help="A TOML file with any of the settings.")


def read_settings(arguments: argparse.Namespace, **defaults: str) -> Settings:
    """The settings in force. `defaults` are this command's own, below everything an operator said."""
    given: dict[str, str | None] = {
        option.name: getattr(arguments, f"setting_{option.name}", None) for option in OPTIONS
    }
    return load_settings(given, os.environ, arguments.config, defaults)


@contextlib.asynccontextmanager
async def database(arguments: argparse.Namespace) -> AsyncIterator[Pool]:
    """A pool on the settings' database, whether or not a server is running on it."""
    async with reach_database(read_settings(arguments)) as dsn:
        pool = await open_pool(dsn, max_size=2)
        try:
            yield pool
        finally:
            await pool.close()
