"""`threadline flow` as an admin types it."""

from pathlib import Path

import pytest

from tests.integration.flows.sample import DESK
from threadline.cli import main
from threadline.compose import SHIPPED_FLOWS

pytestmark = pytest.mark.unit

GOLDEN = Path(__file__).parents[2] / "golden" / "flows"


def test_a_green_flow_is_told_with_what_its_tests_do_not_visit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    assert main(["flow", "test", str(file)]) == 0
    said = capsys.readouterr().out
    assert "ok      an order, then another\n1 passed, 0 failed\n" in said
    assert "no test comes to pin" in said
    assert main(["flow", "test", "--cover", "99", str(file)]) == 1


def test_a_red_test_and_a_broken_flow_end_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK.replace("visited: [known, bye]", "visited: [pin]"), encoding="utf-8")
    assert main(["flow", "test", str(file)]) == 1
    assert "never came to pin" in capsys.readouterr().out
    file.write_text(
        DESK.replace("on_fail: person, next: known", "on_fail: person, next: nowhere"), encoding="utf-8"
    )
    assert main(["flow", "test", str(file)]) == 1
    assert "there is no step nowhere" in capsys.readouterr().err


def test_a_module_is_found_beside_the_flow_that_calls_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", "test", str(GOLDEN / "call.yaml")]) == 0
    assert main(["flow", "check", str(GOLDEN / "call.yaml")]) == 0
    assert main(["flow", "simulate", str(SHIPPED_FLOWS / "retail_main.yaml")]) == 0
    assert "13 passed, 0 failed" in capsys.readouterr().out


def test_a_dialplan_becomes_a_flow_and_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, made = GOLDEN.parent / "imports" / "shop.extensions.conf", tmp_path / "shop_extensions.yaml"
    assert main(["flow", "import", str(source), "-o", str(made)]) == 0
    assert "Not taken over" in capsys.readouterr().err
    assert main(["flow", "check", str(made)]) == 0
    assert main(["flow", "import", str(source), "--context", "closed"]) == 0
    assert "# line 58, closed,s,1 (Background)" in capsys.readouterr().out


def test_what_can_not_be_published_yet_ends_with_1_and_what_can_not_be_read_with_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "circle.conf"
    file.write_text("[main]\nexten => s,1,Playback(hello)\n same => n,Goto(s,1)\n", encoding="utf-8")
    assert main(["flow", "import", str(file)]) == 1
    assert "a circle in which nobody is asked anything" in capsys.readouterr().err
    file.write_text("{" * 100_000, encoding="utf-8")
    assert main(["flow", "import", str(file)]) == 1
    assert "is no JSON that can be read" in capsys.readouterr().err
    file.write_bytes(b"x" * 10_000_000)
    assert main(["flow", "import", str(file)]) == 1
