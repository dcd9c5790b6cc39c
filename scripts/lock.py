"""Writes requirements.lock and requirements-dev.lock from pyproject.toml: exact versions with hashes, no addresses.

Packages already locked keep their version; `--upgrade` takes the newest, `--upgrade-package NAME` one.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN_EXTRAS = ("voices",)
LOCKS = {"requirements.lock": RUN_EXTRAS, "requirements-dev.lock": (*RUN_EXTRAS, "dev")}


def main(arguments: list[str]) -> int:
    for name, extras in LOCKS.items():
        options = [part for extra in extras for part in ("--extra", extra)]
        if name != "requirements.lock":
            options += ["--constraint", "requirements.lock"]
        failed = subprocess.call(
            [
                sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links",
                "--quiet", "--output-file", name, *options, *arguments,
            ],
            cwd=ROOT,
        )  # fmt: skip
        if failed:
            return failed
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
