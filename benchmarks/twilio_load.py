"""Callers by Media Streams: so many WebSockets, a frame of 20 ms each way, from a process of its own.

Reads one JSON line {"url", "signature", "starts": [text], "seconds"}; says {"up": n} when all are open, {"begun": true}
as it begins to count, and {"sent", "heard", "cpu_s"} at the end of the seconds; then closes.
"""

import asyncio
import base64
import json
import sys
import time
from typing import Any, Final

import aiohttp

FRAME_S: Final = 0.02
FRAME: Final = json.dumps(
    {"event": "media", "streamSid": "MZ1", "media": {"track": "inbound", "payload": base64.b64encode(b"\x7f" * 160).decode()}}
)  # fmt: skip


class Crowd:
    """All the sockets."""

    def __init__(self) -> None:
        self.sockets: list[aiohttp.ClientWebSocketResponse] = []
        self.heard = 0
        self.sent = 0

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            text = message.data
            self.heard += '"media"' in text[:20]
            if '"mark"' in text[:20]:
                await socket.send_str(text)

    async def speak(self) -> None:
        begun, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, begun + number * FRAME_S - time.monotonic()))
            for socket in self.sockets:
                await socket.send_str(FRAME)
                self.sent += 1


async def main() -> None:
    task: dict[str, Any] = json.loads(sys.stdin.readline())
    crowd, headers = Crowd(), {"X-Twilio-Signature": task["signature"]}
    async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
        running: list[asyncio.Task[None]] = []
        for number, start in enumerate(task["starts"]):
            socket = await client.ws_connect(task["url"], headers=headers)
            await socket.send_str(start)
            crowd.sockets.append(socket)
            running.append(tasks.create_task(crowd.listen(socket), name=f"ear {number}"))
        running.append(tasks.create_task(crowd.speak(), name="mouths"))
        print(json.dumps({"up": len(crowd.sockets)}), flush=True)
        await asyncio.sleep(2.0)
        crowd.heard = crowd.sent = 0
        before = time.process_time()
        print(json.dumps({"begun": True}), flush=True)
        await asyncio.sleep(task["seconds"])
        spent = time.process_time() - before
        print(json.dumps({"sent": crowd.sent, "heard": crowd.heard, "cpu_s": spent}), flush=True)
        for one in running:
            one.cancel()


if __name__ == "__main__":
    asyncio.run(main())
