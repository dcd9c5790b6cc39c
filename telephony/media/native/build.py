"""Compiles lanes.c: `python -m telephony.media.native.build [--into DIR]`. Standard library only; needs no Python headers.

Prints the library's path. Exit code 0 also without a compiler, which is no error: the engine then runs in Python.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("lanes.c")
COMPILERS: Final = ("cc", "gcc", "clang")
FLAGS: Final = (
    "-std=gnu11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fstack-protector-strong",
    "-shared",
    "-fPIC",
)
LIBRARIES: Final = ("-lm",)
TIMEOUT_S: Final = 120


def folder() -> Path:
    """Where libraries of this virtual environment lie."""
    return Path(sys.prefix) / "lib" / "threadline"


def library(into: Path | None = None) -> Path:
    """The library's path; the name changes with the source, so that no other version is ever loaded."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    return (into or folder()) / f"lanes-{digest}.so"


def compiler() -> str | None:
    """The C compiler: CC, or the first that is installed."""
    names = [os.environ["CC"]] if os.environ.get("CC") else list(COMPILERS)
    return next((found for found in map(shutil.which, names) if found), None)


def build(into: Path | None = None) -> Path | None:
    """The library, made now unless it is there; None without a compiler or when it fails, which it tells itself."""
    target = library(into)
    if target.exists():
        return target
    cc = compiler()
    if cc is None:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        made = Path(work) / target.name
        command = [cc, *FLAGS, "-o", str(made), str(SOURCE), *LIBRARIES]
        if subprocess.run(command, timeout=TIMEOUT_S, check=False).returncode:  # noqa: S603  # no shell, our own words
            return None
        made.replace(target)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(prog="telephony.media.native.build", description=__doc__)
    parser.add_argument("--into", type=Path, help="folder; default: the virtual environment's")
    made = build(parser.parse_args().into)
    told = str(made) if made else "No C compiler that works: the media engine will run in plain Python."
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
