"""The command line's own words."""

import importlib
from pathlib import Path

import pytest

from threadline.cli import COMMANDS, main, make_parser
from threadline.config import OPTIONS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: threadline {command}" in capsys.readouterr().out
    assert importlib.import_module(f"threadline.cli.{COMMANDS[command][0]}").__doc__


def test_the_help_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    named = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    assert set(COMMANDS) <= named


def test_every_setting_is_a_flag_of_serve() -> None:
    arguments = make_parser("serve").parse_args(["serve"])
    assert {f"setting_{option.name}" for option in OPTIONS} <= set(vars(arguments))


def test_no_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["user", "add", "an", "--skill", "support"], "not NAME=LEVEL: support"),
        (["user", "add", "an", "--password-file", "/nowhere"], "the password file /nowhere can't be read"),
        (["flow", "check", "/nowhere.yaml"], "/nowhere.yaml can't be read"),
        (["model", "fetch", "xx"], "no model address is known for “xx”"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert capsys.readouterr().err.startswith(f"threadline: {complaint}")


def test_faults_of_a_flow_stand_where_an_editor_can_jump_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("threadline: 2\n", "utf-8")
    assert main(["flow", "check", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"{path}:1:1: error: ")
