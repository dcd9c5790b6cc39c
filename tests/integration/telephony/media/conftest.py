from collections.abc import Iterator

import pytest

from tests.integration.telephony.media.rig import Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()
