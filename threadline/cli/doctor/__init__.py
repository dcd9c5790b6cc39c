"""`threadline doctor`: everything a newcomer may stumble over, each with how to mend it."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from threadline.cli.doctor import machine, network, parts
from threadline.cli.doctor.finding import Finding, Verdict
from threadline.cli.frame import add_settings, read_settings
from threadline.config import Settings


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Examines this machine under the settings in force. Exit code 1 when anything is a FAIL."
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_report(read_settings(arguments)))


async def examine(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Every finding, the cheap ones first."""
    yield machine.python()
    for group in (machine.programs(settings), machine.disk(settings)):
        for finding in group:
            yield finding
    yield machine.open_files()
    yield machine.clock(now)
    for group in (network.listening(settings), network.audio_ports(settings)):
        for finding in group:
            yield finding
    yield network.public_address(settings)
    for group in (parts.voices(), parts.models(settings)):
        for finding in group:
            yield finding
    yield await parts.database(settings)


async def _report(settings: Settings) -> int:
    verdicts = []
    async for finding in examine(settings, datetime.now(UTC)):
        print(f"{finding.verdict:<5} {finding.fact}")
        if finding.mend:
            print(f"      mend: {finding.mend}")
        verdicts.append(finding.verdict)
    failed, warned = verdicts.count(Verdict.FAIL), verdicts.count(Verdict.WARN)
    if failed:
        print(f"\n{failed} to mend before the server can work, {warned} to know about.")
    else:
        print(f"\nReady. {warned} to know about." if warned else "\nReady.")
    return 1 if failed else 0
