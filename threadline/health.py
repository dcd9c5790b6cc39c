"""`python -m threadline.health`: exit code 0 when the server here answers. For container health checks."""

import json
import os
import sys
import urllib.error
import urllib.request

from threadline.addresses import is_any
from threadline.config import HostPort, load_settings

TIMEOUT_S = 4


def main() -> int:
    address = load_settings({}, os.environ, None).http
    host = "127.0.0.1" if is_any(address.host) else address.host
    try:
        with urllib.request.urlopen(
            f"http://{HostPort(host, address.port)}/api/health", timeout=TIMEOUT_S
        ) as answer:
            print(json.dumps(json.load(answer)))
    except (OSError, ValueError) as exc:
        print(f"no answer on http://{address}: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
