"""Asking a running server over its own API, for commands that need what only it knows."""

import argparse
import http.client
import json
import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from threadline.cli.frame import add_settings, read_settings
from threadline.kernel.errors import Invalid, NotFound, Refused

TOKEN = "THREADLINE_TOKEN"  # noqa: S105  # the variable's name
TIMEOUT_S = 15
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound


def add_remote(parser: argparse.ArgumentParser) -> None:
    """Where the server is, and who asks."""
    parser.add_argument(
        "--url", help="the server's address, such as https://calls.example.com (default: --http)"
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE",
        help=f"an admin's bearer token (default: the variable {TOKEN}); `threadline token create NAME --role admin` makes one",
    )  # fmt: skip
    add_settings(parser, ("http",))


def ask(arguments: argparse.Namespace, method: str, path: str) -> bytes:
    """The body of the answer. Raises NotFound, Refused and Invalid with what the server said."""
    link = _connect(arguments)
    try:
        link.request(method, path, headers={"Authorization": f"Bearer {_token(arguments)}"})
        answer = link.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as exc:
        raise Refused(
            f"no server answers at {link.host}:{link.port} ({type(exc).__name__}); is it running?"
        ) from exc
    finally:
        link.close()
    if answer.status == 404:
        raise NotFound(_message(body))
    if answer.status >= 400:
        raise Refused(_message(body))
    return body


def _connect(arguments: argparse.Namespace) -> http.client.HTTPConnection:
    if not arguments.url:
        where = read_settings(arguments).http
        return http.client.HTTPConnection(ANYWHERE.get(where.host, where.host), where.port, timeout=TIMEOUT_S)
    parts = urlsplit(arguments.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid(f"{arguments.url} is no address such as https://calls.example.com")
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)


def _token(arguments: argparse.Namespace) -> str:
    try:
        token = arguments.token_file.read_text("utf-8") if arguments.token_file else os.environ.get(TOKEN, "")
    except OSError as exc:
        raise Invalid(f"{arguments.token_file} can't be read: {exc.strerror}") from exc
    if not token.strip():
        raise Invalid(f"a bearer token is needed: --token-file, or {TOKEN}")
    return str(token).strip()


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "the server refused without saying why"
