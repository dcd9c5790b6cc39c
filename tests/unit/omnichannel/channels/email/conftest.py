"""Golden files of mails, written anew by `pytest tests/unit/omnichannel/channels/email --update`."""

import os
from contextlib import suppress

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    with suppress(ValueError):  # another room may have added it
        parser.addoption("--update", action="store_true", help="write golden files anew")


@pytest.fixture
def is_update(request: pytest.FixtureRequest) -> bool:
    """UPDATE_GOLDEN=1 does the same as --update."""
    return bool(request.config.getoption("--update", default=False)) or os.environ.get("UPDATE_GOLDEN") == "1"
