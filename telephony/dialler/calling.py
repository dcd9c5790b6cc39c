"""Runs a worker and hands on what it reports; nothing of pyVoIP is loaded into this process."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Final

from telephony.dialler.plan import Exit, Plan, Report

REGISTERING_S: Final = 20.0  # start of Python, registration and its end, beside the call itself
END_S: Final = 10.0


async def carry_out(
    plan: Plan, on_report: Callable[[Report], None] | None = None
) -> tuple[Exit, list[Report]]:
    """Makes the call of a plan, in a process that ends with it.

    Never takes longer than the plan allows plus half a minute: a worker that hangs is killed, which is
    Exit.BROKEN. A plan without a number runs until it is cancelled. Cancelling ends the call by BYE.
    """
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "telephony.dialler.worker", stdin=PIPE, stdout=PIPE, limit=1 << 20
    )
    limit_s = plan.ring_s + plan.stay_s + plan.register_s + REGISTERING_S if plan.number is not None else None
    reports: list[Report] = []
    try:
        async with asyncio.timeout(limit_s):
            await _follow(worker, plan, reports, on_report)
    except TimeoutError:
        return Exit.BROKEN, [*reports, {"event": "broken", "reason": "the worker hangs"}]
    finally:
        await _end(worker)
    try:
        return Exit(worker.returncode or 0), reports
    except ValueError:
        return Exit.BROKEN, reports


async def _follow(
    worker: Process, plan: Plan, reports: list[Report], on_report: Callable[[Report], None] | None
) -> None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(plan.to_json().encode() + b"\n")
    async for line in worker.stdout:
        try:
            report: Report = json.loads(line)
        except ValueError:
            continue  # something pyVoIP printed
        reports.append(report)
        if on_report is not None:
            on_report(report)
    await worker.wait()


async def _end(worker: Process) -> None:
    """Politely first: the worker hangs up and unregisters."""
    if worker.stdin is not None:
        worker.stdin.close()
    if worker.returncode is not None:
        return
    worker.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(END_S):
            await _drain(worker)
    except TimeoutError:
        worker.kill()
        await worker.wait()


async def _drain(worker: Process) -> None:
    if worker.stdout is not None:
        await worker.stdout.read()
    await worker.wait()
