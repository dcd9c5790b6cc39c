"""The name of this server among those on one database: made once, kept beside its data."""

import socket
from pathlib import Path

from threadline.kernel.clock import Clock
from threadline.kernel.ids import uuid7

FILE = "node"


def load_node_name(data_dir: Path, clock: Clock) -> str:
    """Stays the same over restarts, so that a server knows again what it left open."""
    kept = data_dir / FILE
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        kept.write_text(f"{socket.gethostname()}-{uuid7(clock.now())}\n", "utf-8")
    return kept.read_text("utf-8").strip()
