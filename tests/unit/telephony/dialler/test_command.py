"""The flags of `threadline call`."""

import argparse
from pathlib import Path

import pytest

from telephony.dialler.command import add_arguments, plan_of, run
from telephony.dialler.plan import Exit, PlanUnreadable, Server

pytestmark = pytest.mark.unit


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="call")
    add_arguments(parser)
    return parser


def _read(*words: str) -> argparse.Namespace:
    return _parser().parse_args(["19001234", "--user", "an", "--password", "x", *words])


def test_flags_become_a_plan(tmp_path: Path) -> None:
    plan = plan_of(
        _read("--server", "10.0.0.1:5080", "--press", "1,3", "--for", "20", "--save", f"{tmp_path}/h.wav")
    )
    assert plan.server == Server("10.0.0.1", 5080)
    assert (plan.number, plan.keys, plan.stay_s) == ("19001234", "13", 20)


def test_a_file_that_is_not_there_is_refused_before_dialling() -> None:
    with pytest.raises(PlanUnreadable, match="no file"):
        plan_of(_read("--say", "/nowhere/a.wav"))


def test_wrong_use_ends_with_four(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_read("--press", "x")) == Exit.USAGE
    with pytest.raises(SystemExit) as raised:
        _parser().parse_args(["19001234", "--loud"])
    assert raised.value.code == Exit.USAGE
    assert "usage" in capsys.readouterr().err
