"""What a browser's leg costs at the edge: CPU of a process that carries some, sound going both ways.

    python -m benchmarks.browser_phone --legs 20 --seconds 20

The browsers are aiortc's DTLS on aioice, in this process; the edge has one of its own, whose CPU time is read at the end.
Not in it: the media engine, which a browser's leg costs what any other does.
"""

import argparse
import asyncio
import json
import resource
import socket
import sys
from typing import Any, Final

import aioice.ice
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from telephony.edge.port import open_port
from telephony.edge.sdp import BrowserOffer, Credentials
from telephony.edge.wire import LOOPBACK, Wire

FRAME_S: Final = 0.02
HEAD: Final = bytes([0x80, 0x00])


async def edge(legs: int) -> None:
    """The measured process: answers the offers on its standard input, then waits for its end."""
    port = await open_port(LOOPBACK, 0, None)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(legs):
            said = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
            wire = Wire()
            wire.connect(said["engine"])
            prints = tuple((name, value) for name, value in said["prints"])
            session, _ = port.session(BrowserOffer(Credentials("them", "x" * 22), prints, "0", None), wire)
            ours = session.ours
            answer = [port.places[0][1], wire.port, ours.fragment, ours.password, *session.fingerprint]
            print(json.dumps(answer), flush=True)
            tasks.create_task(session.connect(), name="browser")
    before = resource.getrusage(resource.RUSAGE_SELF)
    await loop.run_in_executor(None, sys.stdin.readline)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps(used), flush=True)


class _Pipe:
    role = "controlling"

    def __init__(self, ice: aioice.Connection) -> None:
        self._recv, self._send = ice.recv, ice.send


async def browser(
    child: asyncio.subprocess.Process,
) -> tuple[RTCDtlsTransport, socket.socket, tuple[str, int]]:
    """A browser that is connected, its engine's socket, and where that sends to."""
    assert child.stdin is not None
    assert child.stdout is not None
    certificate = RTCCertificate.generateCertificate()
    engine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    engine.bind((LOOPBACK, 0))
    engine.setblocking(False)
    prints = [(one.algorithm, one.value) for one in certificate.getFingerprints()]
    child.stdin.write(json.dumps({"engine": engine.getsockname()[1], "prints": prints}).encode() + b"\n")
    port, wire, fragment, password, name, value = json.loads(await child.stdout.readline())
    ice = aioice.Connection(ice_controlling=True, local_username="them", local_password="x" * 22)
    await ice.gather_candidates()
    ice.remote_username, ice.remote_password, ice.remote_is_lite = fragment, password, True
    await ice.add_remote_candidate(aioice.Candidate("1", 1, "udp", 1, LOOPBACK, port, "host"))
    await ice.add_remote_candidate(None)
    await ice.connect()
    pipe: Any = _Pipe(ice)
    made = RTCDtlsTransport(pipe, [certificate])
    made._set_role("client")
    await made.start(RTCDtlsParameters([RTCDtlsFingerprint(name, value)]))
    return made, engine, (LOOPBACK, wire)


async def main(legs: int, seconds: float) -> None:
    setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [LOOPBACK])  # noqa: B010
    command = (sys.executable, "-m", "benchmarks.browser_phone", "--edge", "--legs", str(legs))
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert child.stdin is not None
    assert child.stdout is not None
    found = [await browser(child) for _ in range(legs)]
    loop = asyncio.get_running_loop()
    began, frames = loop.time(), round(seconds / FRAME_S)
    for frame in range(frames):
        packet = HEAD + frame.to_bytes(2, "big") + (frame * 160).to_bytes(4, "big") + bytes(4) + b"\x7f" * 160
        for dtls, engine, wire in found:
            await dtls._send_rtp(packet)
            engine.sendto(packet, wire)
        await asyncio.sleep(max(0.0, began + (frame + 1) * FRAME_S - loop.time()))
    took_s = loop.time() - began
    child.stdin.write(b"\n")
    used_s = float(json.loads(await child.stdout.readline()))
    await child.wait()
    per_leg = used_s / legs / (frames * FRAME_S)
    print(
        f"{legs} legs, {took_s:.1f} s: {per_leg * 1000:.2f} ms CPU per call-second and leg ({per_leg:.2%} of a core)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--legs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--edge", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    asyncio.run(edge(chosen.legs) if chosen.edge else main(chosen.legs, chosen.seconds))
