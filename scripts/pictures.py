"""Takes every picture of the guides anew, from the pages as they are: `make pictures`.

The tests that lead to a page photograph it (tests/support/pictures.py); those a guide shows go to docs/images, with a
palette of colours instead of all of them, which a picture of a page does not miss.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

ROOT: Final = Path(__file__).resolve().parent.parent
IMAGES: Final = ROOT / "docs" / "images"
SHOWN: Final = re.compile(r"\]\([^)]*images/([\w-]+)\.png\)")
TAKEN: Final = re.compile(r'(?:async def (\w+)|photograph\([\w.]+, "([\w-]+)"\))')
COLOURS: Final = 256


def shown() -> set[str]:
    """The names of the pictures that the README and the guides show."""
    guides = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return {name for guide in guides for name in SHOWN.findall(guide.read_text("utf-8"))}


def takers(names: set[str]) -> dict[str, str]:
    """What pytest is to run for each of them, as far as something takes it: a test, or its file where a helper does."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "tests" / "e2e").rglob("test_*.py")):
        function = ""
        for begun, taken in TAKEN.findall(file.read_text("utf-8")):
            function = begun or function
            if taken in names:
                found[taken] = f"{file}::{function}" if function.startswith("test_") else str(file)
    return found


def main(arguments: list[str]) -> int:
    """`arguments`: names of pictures, all that are shown where there is none."""
    wanted = set(arguments) or shown()
    tests = sorted(set(takers(wanted).values()))
    with tempfile.TemporaryDirectory(prefix="threadline-pictures-") as folder:
        environment = {**os.environ, "THREADLINE_PICTURES": folder}
        failed = subprocess.call([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, env=environment)
        missing = [name for name in sorted(wanted) if not _keep(Path(folder), name)]
    for name in missing:
        print(f"not taken: {name}", file=sys.stderr)
    return failed or len(missing)


def _keep(folder: Path, name: str) -> bool:
    taken = folder / f"{name}.png"
    if not taken.exists():
        return False
    with Image.open(taken) as picture:
        few = picture.convert("RGB").quantize(COLOURS, kmeans=4, dither=Image.Dither.NONE)
    few.save(IMAGES / taken.name, optimize=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
