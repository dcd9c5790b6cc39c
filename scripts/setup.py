"""Makes .venv and fills it from the lock file. Standard library only: it runs before anything is installed.

    python3 scripts/setup.py          what the server needs
    python3 scripts/setup.py --dev    what tests and checks need too

Python packages are installed only when the lock file changed since the last time. Running the server needs no
Debian package beyond Python with venv; the tests call real phones and a real browser, which come from Debian.
Where there is a C compiler the media engine's hot loops are compiled; without one it runs in plain Python.
As root, missing Debian packages are installed; otherwise they are named with the line that installs them.
"""

from __future__ import annotations  # an older Python must get as far as saying it is too old

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-from.json"
RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
OLDEST, NEWEST = (3, 11), (3, 14)  # all locked packages have wheels for these
MACHINES = ("x86_64", "aarch64")  # on others the lock file's markers would install nothing
SUITABLE = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"

COMPILE = "telephony.media.native.build"

# Debian package -> a program or file that shows it is there.
TEST_PACKAGES = {
    "gcc": "cc",
    "libc6-dev": "/usr/include/math.h",
    "baresip-core": "baresip",
    "chromium": "chromium",
    "dovecot-imapd": "/usr/sbin/dovecot",
    "sip-tester": "sipp",
    "sox": "sox",
    "pocketsphinx-testdata": "/usr/share/pocketsphinx/test/data",
    "asterisk-core-sounds-en-wav": "/usr/share/asterisk/sounds/en_US_f_Allison",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv and fill it from the lock file.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    wanted = parser.parse_args()
    if not sys.platform.startswith("linux") or platform.machine() not in MACHINES:
        return stop(f"Threadline runs on Linux on {' or '.join(MACHINES)}; elsewhere use the container.")
    failed = make_venv() or install(dev=wanted.dev) or (install_peers() if wanted.dev else 0)
    if not failed:
        compile_media()
    return failed


def make_venv() -> int:
    """A virtual environment of a Python that is new enough; one that no longer runs is made again."""
    if runs([str(PYTHON), "-c", f"import pip; {SUITABLE}"]):
        return 0
    python = find_python()
    if python is None:
        return stop(f"Python 3.11 to 3.14 is needed:\n  {apt_line(['python3', 'python3-venv'])}")
    if not runs([python, "-c", "import ensurepip, venv"]):
        failed = apt_install([venv_package(python)])
        if failed:
            return failed
    say(f"Making .venv with {python}")
    return subprocess.call([python, "-m", "venv", "--clear", str(VENV)])


def find_python() -> str | None:
    names = ["python3", *(f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))]
    candidates = [sys.executable, *(found for found in map(shutil.which, names) if found)]
    return next((python for python in candidates if runs([python, "-c", SUITABLE])), None)


def venv_package(python: str) -> str:
    """Debian splits ensurepip off, per version: python3.11-venv."""
    answer = subprocess.check_output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return f"python{answer.decode().strip()}-venv"


def install(dev: bool) -> int:
    """`pip install --require-hashes`; the development lock holds everything of the other one."""
    locks = [RUN_LOCK, DEV_LOCK] if dev else [RUN_LOCK]
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in locks}
    present = json.loads(STAMP.read_text("utf-8")) if STAMP.exists() else {}
    if wanted.items() <= present.items():
        return 0
    say(f"Installing Python packages from {locks[-1]} (a minute or two the first time)")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    failed = subprocess.call([*pip, "--require-hashes", "-r", str(ROOT / locks[-1])])
    if failed:
        return stop("pip could not install the locked packages; its message stands above.")
    STAMP.write_text(json.dumps(wanted), "utf-8")
    return 0


def compile_media() -> None:
    """The media engine's compiled half; made once for each version of its source, and never a reason to stop."""
    if (ROOT / "telephony").is_dir():  # a container's first layer holds this script alone
        told = subprocess.run(
            [str(PYTHON), "-m", COMPILE], cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True
        )
        if told.returncode or not told.stdout.rstrip().endswith(".so"):
            say(told.stdout.strip() or "The media engine's compiled half could not be made.")


def install_peers() -> int:
    """The phones, the browser and the sounds that tests work with."""
    missing = [name for name, proof in sorted(TEST_PACKAGES.items()) if not is_there(proof)]
    return apt_install(missing) if missing else 0


def is_there(proof: str) -> bool:
    return Path(proof).exists() if proof.startswith("/") else shutil.which(proof) is not None


def apt_install(packages: list[str]) -> int:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return stop(f"Debian packages are missing. Install them and run this again:\n  {apt_line(packages)}")
    say("Installing Debian packages: {}".format(" ".join(packages)))
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        failed = subprocess.call(
            ["apt-get", "-q", *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    return failed


def apt_line(packages: list[str]) -> str:
    return "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}".format(
        " ".join(packages)
    )


def runs(command: list[str]) -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stop(text: str) -> int:
    say(text)
    return 1


if __name__ == "__main__":
    sys.exit(main())
