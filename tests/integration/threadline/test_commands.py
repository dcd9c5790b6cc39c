"""Commands as an operator runs them, each in a process of its own."""

import asyncio
import os
import re
import sys
from pathlib import Path

import asyncpg
import pytest

from omnichannel.people import CHEAP, People
from telephony.sip.digest import hash_password
from threadline.cli.doctor import examine
from threadline.cli.doctor.finding import Finding, Verdict
from threadline.config import Settings, load_settings
from threadline.db.pool import open_pool
from threadline.db.server import open_database
from threadline.kernel.clock import SystemClock

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


async def threadline(*words: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, what was printed, what was complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "threadline", *words, cwd=ROOT, env=dict(os.environ, **environment),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def examined(settings: Settings) -> dict[str, Finding]:
    return {finding.fact: finding async for finding in examine(settings, SystemClock().now())}


def worst(found: dict[str, Finding], words: str) -> Verdict:
    (match,) = [finding for fact, finding in found.items() if words in fact]
    return match.verdict


async def test_a_person_added_before_the_first_start_can_sign_in_and_has_a_phone(tmp_path: Path) -> None:
    place = ("--data-dir", str(tmp_path))
    code, out, _ = await threadline("user", "add", "an", "--extension", "101", "--skill", "support=3", *place)
    assert code == 0
    password, phone = re.findall(r"password\s+(\S+)", out)
    async with open_database(Settings(data_dir=tmp_path)) as dsn:
        pool = await open_pool(dsn)
        agent = await People(pool, SystemClock(), cost=CHEAP).authenticate("an", password)
        assert agent is not None
        assert (agent.role, agent.extension, agent.skills) == ("agent", "101", {"support": 3})
        ha1, md5 = await pool.fetchrow("select ha1_sha256, ha1_md5 from sip_account") or ("", "")
        assert (ha1, md5) == (hash_password("101", "threadline", phone), None)
        await pool.close()


async def test_commands_work_beside_a_running_server(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n", "utf-8")
    data_dir = tmp_path / "data"
    place = ("--data-dir", str(data_dir))
    async with open_database(Settings(data_dir=data_dir)) as dsn:
        code, out, _ = await threadline(
            "user", "add", "boss", "--role", "admin", "--password-file", str(secret), *place
        )
        assert (code, out) == (0, "boss may log in as admin.\n")
        code, token, _ = await threadline(
            "token", "create", "crm", "--login", "boss", "--role", "agent", *place
        )
        pool = await open_pool(dsn)
        people = People(pool, SystemClock(), cost=CHEAP)
        assert await people.authenticate("boss", "open sesame")
        principal = await people.token(token.strip())
        assert principal is not None
        assert (principal.name, principal.role, principal.agent and principal.agent.login) == (
            "crm",
            "agent",
            "boss",
        )
        code, _, err = await threadline("user", "add", "boss", *place)
        assert (code, err.startswith("threadline: ")) == (1, True)
        await pool.close()


async def test_an_outside_database_is_used_by_commands_too(dsn: str, tmp_path: Path) -> None:
    code, _, _ = await threadline(
        "user", "add", "an", THREADLINE_DATABASE_URL=dsn, THREADLINE_DATA_DIR=str(tmp_path)
    )
    assert code == 0
    link = await asyncpg.connect(dsn)
    assert await link.fetchval("select login from agent") == "an"
    await link.close()


async def test_a_token_for_nobody_is_refused(tmp_path: Path) -> None:
    code, out, err = await threadline(
        "token", "create", "crm", "--login", "nobody", "--data-dir", str(tmp_path)
    )
    assert (code, out) == (1, "")
    assert "nobody has the login nobody" in err


async def test_refused_settings_end_with_their_own_code() -> None:
    code, _, err = await threadline("doctor", "--http", "8080", THREADLINE_SPI="x")
    assert code == 2
    assert "--http: “8080” is not HOST:PORT" in err
    assert "environment THREADLINE_SPI: there is no setting “spi”; did you mean sip?" in err


async def test_the_doctor_finds_a_sound_machine_ready(tmp_path: Path) -> None:
    settings = load_settings(
        {"data_dir": str(tmp_path), "http": "127.0.0.1:0", "sip": "127.0.0.1:0"}, {}, None
    )
    found = await examined(settings)
    assert Verdict.FAIL not in {finding.verdict for finding in found.values()}
    assert worst(found, "database: PostgreSQL") is Verdict.OK
    assert worst(found, "transcription of en-US: whisper") is Verdict.OK
    assert worst(found, "transcription of vi-VN: no model") is Verdict.WARN
    assert all(finding.mend for finding in found.values() if finding.verdict is not Verdict.OK)


async def test_the_doctor_names_a_port_that_is_taken(tmp_path: Path) -> None:
    stranger = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with stranger:
        host, port = stranger.sockets[0].getsockname()
        given = {"data_dir": str(tmp_path), "http": f"{host}:{port}", "sip": "127.0.0.1:0"}
        code, out, _ = await threadline(
            "doctor",
            *(word for name, text in given.items() for word in (f"--{name.replace('_', '-')}", text)),
        )
    assert code == 1
    assert f"FAIL  --http TCP 127.0.0.1:{port}: Address already in use" in out
    assert "mend: end what uses it" in out


async def test_the_doctor_sees_addresses_and_ranges_that_cannot_work(tmp_path: Path, dsn: str) -> None:
    given = {
        "data_dir": str(tmp_path), "http": "127.0.0.1:0", "database_url": dsn.replace("threadline:", "threadline:x"),
        "sip": "0.0.0.0:20002", "rtp_ports": "20000-20099", "public_host": "127.0.0.1",
    }  # fmt: skip
    found = await examined(load_settings(given, {}, None))
    assert worst(found, "contains the SIP port 20002") is Verdict.FAIL
    assert worst(found, "room for 25 bridged calls") is Verdict.WARN
    assert worst(found, "told to send to 127.0.0.1") is Verdict.FAIL
    assert worst(found, "database: the database refused us") is Verdict.FAIL


async def test_a_server_whose_port_is_taken_says_so_in_one_line(tmp_path: Path) -> None:
    stranger = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with stranger:
        host, port = stranger.sockets[0].getsockname()
        place = ("--data-dir", str(tmp_path), "--http", f"{host}:{port}", "--sip", "127.0.0.1:0")
        code, _, err = await threadline("serve", *place, "--log-level", "error")
    assert code == 1
    assert err.splitlines()[-1].startswith("threadline: An address to listen on can't be had")
    assert "Traceback" not in err
