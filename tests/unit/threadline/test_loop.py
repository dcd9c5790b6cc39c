"""The server's loop is uvloop's where that is installed, and asyncio's own where it is not."""

import asyncio
import importlib.util

import pytest

from threadline.loop import loop_factory

pytestmark = pytest.mark.unit


def test_the_server_runs_without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert loop_factory() is None


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is None, reason="uvloop is not installed")
def test_the_server_runs_on_uvloop_where_it_is_installed() -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert type(runner.get_loop()).__module__ == "uvloop"
