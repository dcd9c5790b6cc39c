"""The script that runs before anything is installed."""

import ast
import hashlib
import json
import sys
from pathlib import Path

import pytest

from scripts import setup

pytestmark = pytest.mark.unit


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(setup.__file__).read_text("utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


def test_an_older_python_can_read_it_far_enough_to_refuse() -> None:
    ast.parse(Path(setup.__file__).read_text("utf-8"), feature_version=(3, 7))


def test_whoever_is_not_root_is_told_the_exact_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(setup, "is_there", lambda proof: proof not in ("sox", "sipp"))
    assert setup.install_peers() == 1
    assert "sudo apt-get install -y --no-install-recommends sip-tester sox\n" in capsys.readouterr().err


def test_packages_are_installed_anew_only_when_a_lock_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp.json")

    def call(command: list[str]) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr("subprocess.call", call)
    for name in (setup.RUN_LOCK, setup.DEV_LOCK):
        (tmp_path / name).write_text("a==1\n", "utf-8")
    assert setup.install(dev=True) == 0
    assert setup.install(dev=True) == 0
    assert setup.install(dev=False) == 0  # the development lock holds everything of the other
    assert [command[-1] for command in commands] == [str(tmp_path / setup.DEV_LOCK)]
    assert all("--require-hashes" in command for command in commands)
    (tmp_path / setup.RUN_LOCK).write_text("a==2\n", "utf-8")
    assert setup.install(dev=False) == 0
    assert commands[1][-1] == str(tmp_path / setup.RUN_LOCK)
    stamp = json.loads((tmp_path / "stamp.json").read_text("utf-8"))
    assert stamp == {setup.RUN_LOCK: hashlib.sha256(b"a==2\n").hexdigest()}


def test_a_failed_install_leaves_no_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr("subprocess.call", lambda _command: 1)
    (tmp_path / setup.RUN_LOCK).write_text("a==1\n", "utf-8")
    assert setup.install(dev=False) == 1
    assert not (tmp_path / "stamp.json").exists()


def test_the_media_engine_is_compiled_and_a_machine_without_compiler_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "PYTHON", sys.executable)
    setup.compile_media()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(setup, "COMPILE", "no.such.module")
    setup.compile_media()
    assert "could not be made" in capsys.readouterr().err
    monkeypatch.setattr(setup, "ROOT", tmp_path)  # a container's first layer
    setup.compile_media()
    assert capsys.readouterr().err == ""
