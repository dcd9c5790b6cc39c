"""Fixtures for tests of whole calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.telephony.stage import Office, an_office


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """A running server with nobody in it and no flow yet."""
    async with an_office(tmp_path, dsn) as made:
        yield made
