from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.media.native.build import build
from telephony.media.native.lanes import NativeLanes
from tests.integration.telephony.media.rig import Rig


@pytest.fixture(scope="session")
def compiled() -> Path:
    """The compiled half of the engine, made if need be."""
    path = build()
    if path is None:
        pytest.skip("no C compiler")
    return path


@pytest.fixture(params=["pure", "compiled"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The engine without and with its compiled half: whatever holds of one holds of the other."""
    is_pure = request.param == "pure"
    rig = Rig(None if is_pure else NativeLanes(request.getfixturevalue("compiled")))
    yield rig
    rig.close()
