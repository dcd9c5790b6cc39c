"""How long the page of flows takes to answer a key, on a flow of 500 steps: from the key to the painted frame.

    python -m benchmarks.editor --keys 60

A whole server in this process with a database of its own, the page in Chromium.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from playwright.async_api import CDPSession, Page

from tests.support.chromium import Chromium
from tests.support.house import settings_for
from threadline.compose import Server, running

STEPS: Final = 500
PASSWORD: Final = "a-long-password"
HEAD: Final = """threadline: 1
id: big
title: Five hundred steps
languages: {default: en-US, supported: [en-US]}
entry: s0
prompts:
  main: {en-US: {text: "Press 1 or 2."}}
vars: {order_no: {type: string, default: ""}}
steps:
"""
STEP: Final = """  s{0}:  # step {0}
    type: menu
    prompt: main
    when: 'vars.order_no != "{0}" && !contact.vip'
    choices:
      "1": {{next: s{1}}}
      "2": {{next: s{2}}}
    on_fail: {{next: s{1}}}
    next: s{1}
"""
LISTEN: Final = """() => {
  window.keys = [];
  window.busy = [];
  addEventListener("keydown", (event) => {
    const began = event.timeStamp;
    requestAnimationFrame(() => {
      const frame = new MessageChannel();
      frame.port1.onmessage = () => window.keys.push(performance.now() - began);
      frame.port2.postMessage(0);
    });
  }, true);
  new PerformanceObserver((list) => window.busy.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask" });
}"""


def big_flow(steps: int = STEPS) -> str:
    """A flow of menus, each with a condition, that leads round and across."""
    return HEAD + "".join(STEP.format(at, (at + 1) % steps, (at * 7 + 3) % steps) for at in range(steps))


@dataclass(frozen=True, slots=True)
class Typed:
    """Milliseconds: from each key to its frame, of each task over 50 ms, and of the page's own CPU for one key."""

    frames: list[float]
    long_tasks: list[float]
    cpu: float


async def typed(page: Page, keys: int, pause_s: float) -> Typed:
    """A comment is typed in the middle of the flow."""
    await page.evaluate(LISTEN)
    probe = await page.context.new_cdp_session(page)
    await probe.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _task_s(probe)
    await page.locator(".code-area").evaluate(
        "(area) => { const at = area.value.indexOf('# step 250') + 10; area.focus(); area.setSelectionRange(at, at); }"
    )
    for at in range(keys):
        await page.keyboard.press("abcdefghij"[at % 10])
        await asyncio.sleep(pause_s)
    await page.wait_for_timeout(2_000)
    cpu_ms = (await _task_s(probe) - before) / keys * 1e3
    return Typed(await page.evaluate("window.keys"), await page.evaluate("window.busy"), cpu_ms)


async def _task_s(probe: CDPSession) -> float:
    """Seconds of CPU the page's main thread has used: others who are busy on the machine don't count."""
    found = (await probe.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")


async def checked(server: Server, text: str) -> float:
    """Milliseconds of the server's whole answer, the text's way there and back included."""
    person = await server.people.add("checker", None, role="admin", display_name="Checker")
    token = await server.people.create_token("bench", "admin", person)
    url = f"http://127.0.0.1:{server.http_port}/api/flows/-/check"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        times = []
        for turn in range(5):
            began = time.perf_counter()
            async with http.post(url, json={"yaml": f"{text}# {turn}\n"}) as answer:
                assert answer.status == 200
                await answer.read()
            times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


async def measured(keys: int, pause_s: float) -> None:
    text = big_flow()
    with tempfile.TemporaryDirectory(prefix="threadline-editor-") as folder:
        async with running(settings_for(Path(folder), None)) as server, Chromium() as chromium:
            await server.flows.save(text, "bench", "")
            await server.people.add("dung", PASSWORD, role="admin", display_name="Dũng", locale="en-US")
            page = await (await chromium.context(width=1440, height=860)).new_page()
            await page.goto(f"http://127.0.0.1:{server.http_port}/flows#big")
            await page.get_by_label("Login").fill("dung")
            await page.get_by_label("Password").fill(PASSWORD)
            await page.keyboard.press("Enter")
            await page.locator(".graph-step").nth(STEPS - 1).wait_for()
            found = await typed(page, keys, pause_s)
            frames = statistics.quantiles(found.frames, n=20)
            print(f"{len(text.splitlines())} lines, {STEPS} steps, {keys} keys, {pause_s * 1e3:.0f} ms apart")
            print(f"key to painted frame: median {frames[9]:.0f}, 95 % {frames[18]:.0f} ms (goal 100)")
            print(f"the page's CPU: {found.cpu:.0f} ms a key, checks and picture included")
            print(
                f"busy over 50 ms: {len(found.long_tasks)} times, longest {max(found.long_tasks, default=0):.0f} ms"
            )
            print(f"the server's answer to a check: {await checked(server, text):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.12, help="seconds between keys")
    given = parser.parse_args()
    asyncio.run(measured(given.keys, given.pause))


if __name__ == "__main__":
    main()
