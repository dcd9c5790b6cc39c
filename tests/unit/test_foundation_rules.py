"""Rules of the repository that no other tool checks."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from threadline.db.queries import parse_queries

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]
LONGEST = 500
ROOMS = ("threadline", "telephony", "ivr_flows", "omnichannel", "recordings", "web")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).exists()]


@pytest.fixture(scope="module", autouse=True)
def _needs_a_checkout() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: git knows which files are ours")


def test_no_module_is_longer_than_the_ceiling() -> None:
    sources = [
        path for path in tracked("*.py", "*.js") if not {"vendor", "golden", "migrations"} & set(path.parts)
    ]
    long = {
        str(path.relative_to(ROOT)): n
        for path in sources
        if (n := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_every_package_folder_says_what_it_is() -> None:
    folders = {path.parent for room in ROOMS for path in tracked(f"{room}/**.py")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        pinned = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
        assert len(pinned) > 50
        assert text.count("--hash=sha256:") >= len(pinned)
    assert not tracked("uv.lock", "pylock.toml")


def test_the_development_lock_holds_the_other_one_at_the_same_versions() -> None:
    run, dev = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run <= dev


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["voices"], *extras["dev"]]
    names = {re.sub(r"[_.]+", "-", re.split(r"[><=; ]", entry)[0]).lower() for entry in asked}
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text("utf-8"), re.MULTILINE)
    )
    assert names - locked == set(), "run: make lock"


def test_every_query_is_used_by_the_store_beside_it() -> None:
    orphans = []
    for path in tracked("*queries.sql"):
        stores = "".join(store.read_text("utf-8") for store in path.parent.glob("*.py"))
        for query in parse_queries(path.read_text("utf-8"), str(path)):
            if not re.search(rf"\b{query.name}\b", stores):
                orphans.append(f"{path.relative_to(ROOT)}: {query.name}")
    assert not orphans


def test_every_change_fragment_has_a_kind_that_the_release_notes_know() -> None:
    names = [path.name for path in tracked("docs/changes/*") if path.name != "README.md"]
    assert names
    assert not [name for name in names if not re.fullmatch(r"\d+\.(added|changed|fixed)(\.\d+)?\.md", name)]
