"""Golden files of the flow room, written anew by `pytest tests/unit/ivr_flows --update`."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "flows"


def pytest_addoption(parser: pytest.Parser) -> None:
    with suppress(ValueError):  # another room may have added it
        parser.addoption("--update", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a golden file, or writes it. UPDATE_GOLDEN=1 does the same as --update."""
    is_update = request.config.getoption("--update", default=False) or os.environ.get("UPDATE_GOLDEN") == "1"

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if is_update:
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run with --update and review it"
        assert text == path.read_text(encoding="utf-8")

    return compare
