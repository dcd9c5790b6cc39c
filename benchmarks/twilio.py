"""`make bench-twilio`: what a call by Twilio's media streams costs, beside the same playback by SIP.

    python -m benchmarks.twilio [--calls 25,50,100] [--seconds 8]

Both are customers who listen to a menu, sound both ways. The streams end in the control process, whose one core they
share with everything else it does; SIP's sound never comes near it.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from benchmarks import ivr
from benchmarks.machine import machine
from benchmarks.processes import spent
from benchmarks.shop import MENU, Shop, customer, open_shop
from benchmarks.tables import Cell, show
from tests.support.fake_twilio.messages import ACCOUNT, TOKEN, signature

PUBLIC: Final = "https://twilio.bench"
MEDIA_A_SECOND: Final = 50
LEAST_HEARD: Final = 0.98


async def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.twilio", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--calls", default="25,50,100,200", help="at once")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    options = parser.parse_args()
    print(machine(), flush=True)
    os.environ |= {
        "THREADLINE_TWILIO_TOKEN": TOKEN,
        "THREADLINE_TWILIO_ACCOUNT": ACCOUNT,
        "THREADLINE_PUBLIC_URL": PUBLIC,
    }
    rows: list[list[Cell]] = []
    with tempfile.TemporaryDirectory(prefix="threadline-bench-") as name:
        async with open_shop(Path(name)) as shop:
            for calls in (int(one) for one in options.calls.split(",")):
                by_sip = await ivr.measure(shop, calls, options.seconds)
                row, is_whole = await _measure(shop, calls, options.seconds, sum(by_sip.cpu_ms.values()))
                rows.append(row)
                if not is_whole:
                    break
    show(
        "Calls in the menu, sound both ways: CPU milliseconds per call-second",
        ("calls", "control", "media", "postgres", "by stream", "by SIP", "ratio", "load generator", "heard"),
        rows,
    )
    return 0


async def _measure(shop: Shop, calls: int, seconds: float, by_sip: float) -> tuple[list[Cell], bool]:
    async with aiohttp.ClientSession() as client:
        starts = [await _begin(client, shop, calls * 1000 + n, customer(n)) for n in range(calls)]
    load = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.twilio_load", stdin=PIPE, stdout=PIPE
    )
    url = shop.server.http_url.replace("http", "ws") + "/twilio/stream"
    stream_url = PUBLIC.replace("http", "ws") + "/twilio/stream"
    task = {"url": url, "signature": signature(stream_url, {}), "starts": starts, "seconds": seconds}
    assert load.stdin is not None
    load.stdin.write(json.dumps(task).encode() + b"\n")
    await _said(load)
    await _said(load)
    before = shop.processes.usage()
    result = await _said(load)
    used = spent(before, shop.processes.usage())
    await load.wait()
    await _hang_up(shop, calls)
    per_call = {part: used[part] * 1000 / (calls * seconds) for part in used}
    total, heard = sum(per_call.values()), result["heard"] / (calls * seconds * MEDIA_A_SECOND)
    cells: list[Cell] = [
        calls, per_call["control"], per_call["media"], per_call["postgres"], total, by_sip, total / by_sip,
        result["cpu_s"] * 1000 / (calls * seconds), f"{heard:.1%}",
    ]  # fmt: skip
    return cells, heard >= LEAST_HEARD


async def _begin(client: aiohttp.ClientSession, shop: Shop, number: int, caller: str) -> str:
    """A call by its webhook; the stream's first word."""
    sid = f"CA{number:032x}"
    form = {"CallSid": sid, "AccountSid": ACCOUNT, "From": caller, "To": MENU, "CallStatus": "ringing"}
    answer = await _post(client, shop, "/twilio/voice", form)
    token = re.search(r'name="token" value="([^"]+)"', answer)
    assert token is not None, answer
    start = {
        "streamSid": "MZ1", "callSid": sid, "accountSid": ACCOUNT, "customParameters": {"token": token[1]},
    }  # fmt: skip
    return json.dumps({"event": "start", "start": start})


async def _hang_up(shop: Shop, calls: int) -> None:
    async with aiohttp.ClientSession() as client:
        for n in range(calls):
            form = {"CallSid": f"CA{calls * 1000 + n:032x}", "CallStatus": "completed"}
            await _post(client, shop, "/twilio/status", form)


async def _post(client: aiohttp.ClientSession, shop: Shop, path: str, form: dict[str, str]) -> str:
    headers = {
        "X-Twilio-Signature": signature(PUBLIC + path, form),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with client.post(shop.server.http_url + path, data=urlencode(form), headers=headers) as answer:
        return await answer.text()


async def _said(load: Process) -> Any:
    assert load.stdout is not None
    return json.loads(await load.stdout.readline())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
