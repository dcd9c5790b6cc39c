"""The interop matrix in docs/ names tests that are there, and every case somebody must have tried."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
MATRIX = (ROOT / "docs" / "interop.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", MATRIX)
CASES = (
    "late offer", "glare", "CANCEL crosses 200", "BYE crosses re-INVITE", "forked 2xx", "PRACK", "session refresh",
    "REFER blind", "REFER attended", "DTMF", "488", "30 ms", "SSRC", "stranger", "10 % loss", "four hours", "RFC 4475",
    "re-register", "sendonly, inactive", "early media", "IPv6", "Kamailio", "linphonec", "TLS + SRTP",
)  # fmt: skip


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_every_test_the_matrix_names_exists(path: str) -> None:
    missing = {name for named, name in NAMED if named == path} - names_in(ROOT / path)
    assert not missing


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_in_the_matrix(case: str) -> None:
    table = "\n".join(line for line in MATRIX.splitlines() if line.startswith("|"))
    assert case in table
