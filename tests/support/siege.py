"""What the internet sends to a SIP port, from loopback addresses of one's own: `python -m tests.support.siege`.

A process of its own, so that the server it besieges keeps its core. Prints one JSON object: what it sent and
what came back, by status code (0: nothing).
"""

import argparse
import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator

from telephony.sip.digest import answer_challenge, pick_challenge
from telephony.sip.message import Response, parse_message

PATIENCE_S = 1.5  # a besieged server takes its time
SILENCES = 3  # users in a row without any answer: this address is not heard any more


def request(method: str, user: str, source: tuple[str, int], target: str, more: str = "") -> bytes:
    """A stranger's request, new to the server."""
    unique = f"{random.getrandbits(64):x}"
    return (
        f"{method} sip:{user}@{target} SIP/2.0\r\nVia: SIP/2.0/UDP {source[0]}:{source[1]};branch=z9hG4bK{unique};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{user}@{target}>;tag={unique}\r\nTo: <sip:{user}@{target}>\r\n"
        f"Call-ID: {unique}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@{source[0]}:{source[1]}>\r\n{more}"
        f"Content-Length: 0\r\n\r\n"
    ).encode()


def bound(address: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((address, 0))
    opened.settimeout(PATIENCE_S)
    return opened


def answer(link: socket.socket) -> Response | None:
    try:
        found = parse_message(link.recv(65535))
    except TimeoutError:
        return None
    return found if isinstance(found, Response) else None


def scan(addresses: list[str], target: str, count: int) -> Iterator[int]:
    """Guesses passwords: a challenge, a wrong answer, the next user. Yields the answers to the guesses."""
    host, port = target.split(":")
    for address in addresses:
        with bound(address) as link:
            link.connect((host, int(port)))
            silent = 0
            for number in range(count):
                if silent == SILENCES:
                    break
                user = str(100 + number)
                link.send(request("REGISTER", user, link.getsockname(), target))
                asked = answer(link)
                silent = 0 if asked else silent + 1
                challenge = pick_challenge(asked.values("www-authenticate"), proxy=False) if asked else None
                if challenge is None:
                    yield 0
                    continue
                proof = answer_challenge(challenge, "REGISTER", f"sip:{target}", user, "1234")
                link.send(request("REGISTER", user, link.getsockname(), target, proof))
                told = answer(link)
                yield told.status if told else 0


def flood(
    addresses: list[str], target: str, count: int, method: str, more: str, per_second: int
) -> Iterator[int]:
    """Sends and listens to nothing."""
    host, port = target.split(":")
    links = [bound(address) for address in addresses]
    begin = time.monotonic()
    for number in range(count):
        link = links[number % len(links)]
        link.sendto(request(method, "0044900123456", link.getsockname(), target, more), (host, int(port)))
        if number % 50 == 49:
            time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        yield 0
    for link in links:
        link.close()


def spray(addresses: list[str], ports: range, rounds: int) -> Iterator[int]:
    """RTP of a stranger at every port."""
    link = bound(addresses[0])
    for number in range(rounds):
        head = bytes((0x80, 0)) + number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big") + b"EVIL"
        for port in ports:
            link.sendto(head + b"\x00" * 160, ("127.0.0.1", port))
            yield 0
        time.sleep(0.01)
    link.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("scan", "flood", "scanner", "spray"))
    parser.add_argument("--target", default="127.0.0.1:5060")
    parser.add_argument("--from", dest="addresses", required=True, help="addresses between commas")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--per-second", type=int, default=5000)
    parser.add_argument("--ports", default="0-0")
    asked = parser.parse_args()
    addresses = asked.addresses.split(",")
    begin = time.monotonic()
    if asked.kind == "scan":
        told = Counter(scan(addresses, asked.target, asked.count))
    elif asked.kind == "spray":
        first, last = map(int, asked.ports.split("-"))
        told = Counter(spray(addresses, range(first, last + 1), asked.count))
    else:
        method, more = (
            ("INVITE", "") if asked.kind == "flood" else ("OPTIONS", "User-Agent: friendly-scanner\r\n")
        )
        told = Counter(flood(addresses, asked.target, asked.count, method, more, asked.per_second))
    seconds = round(time.monotonic() - begin, 2)
    sys.stdout.write(json.dumps({"sent": told.total(), "answers": told, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
