"""The embedded server's life: first start, a second process beside it, kills, stale marks, plain users."""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from threadline.db.cluster import NO_SUCH_PID, Cluster, pg_bindir
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.errors import DatabaseUnavailable, DataDirInUse
from threadline.db.pool import DATABASE_TROUBLE, close_pool, open_pool
from threadline.db.server import LOCK_NAME, open_database, reach_database

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Place:
    data_dir: Path
    database_url: str | None = None


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text("utf-8").splitlines()[0])


async def test_a_second_server_on_the_same_directory_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    async with open_database(Place(tmp_path)):
        with pytest.raises(DataDirInUse, match=f"another server \\(process {os.getpid()}\\)"):
            async with open_database(Place(tmp_path)):
                pass


async def test_a_lock_that_a_killed_server_left_to_what_it_was_starting_is_waited_for(tmp_path: Path) -> None:
    with (tmp_path / LOCK_NAME).open("w+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"server {NO_SUCH_PID}\n")
        lock.flush()
        asyncio.get_running_loop().call_later(0.3, fcntl.flock, lock, fcntl.LOCK_UN)
        async with open_database(Place(tmp_path)) as dsn:
            assert dsn


async def test_a_command_beside_a_running_server_uses_that_servers_database(tmp_path: Path) -> None:
    async with open_database(Place(tmp_path)) as dsn:
        async with reach_database(Place(tmp_path)) as borrowed:
            assert borrowed == dsn
        link = await asyncpg.connect(dsn)  # still running: the command did not stop it
        assert await link.fetchval("select count(*) from agent") == 0
        await link.close()


async def test_a_command_without_a_server_starts_the_database_for_the_moment(tmp_path: Path) -> None:
    async with reach_database(Place(tmp_path)) as dsn:
        link = await asyncpg.connect(dsn)
        assert await link.fetchval("select count(*) from agent") == 0
        await link.close()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


async def test_a_database_elsewhere_is_used_as_it_is(tmp_path: Path, dsn: str) -> None:
    async with open_database(Place(tmp_path, dsn)) as given:
        assert given == dsn
    assert not (tmp_path / "postgres").exists()


async def test_a_database_that_refuses_the_password_is_named_at_once(tmp_path: Path, dsn: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="refused us"):
        async with open_database(Place(tmp_path, dsn.replace("threadline:", "threadline:wrong"))):
            pass


async def test_a_killed_server_comes_back_with_every_committed_row(tmp_path: Path) -> None:
    async with open_database(Place(tmp_path)) as dsn, await open_pool(dsn) as pool:
        await pool.execute("create table kept (n int)")
        await pool.execute("insert into kept values (7)")
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        async with asyncio.timeout(30):
            while True:
                try:
                    assert await pool.fetchval("select n from kept") == 7
                    break
                except DATABASE_TROUBLE:
                    await asyncio.sleep(0.05)  # the next look, not a guess at how long it takes


async def test_lock_files_whose_number_another_process_has_by_now_do_not_stop_a_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    await server.start()
    lines = (tmp_path / "postgres" / "postmaster.pid").read_text("utf-8").splitlines(keepends=True)
    await server.stop()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (tmp_path / "postgres" / "postmaster.pid").write_text(
            f"{stranger.pid}\n" + "".join(lines[1:]), "utf-8"
        )
        try:
            await server.start()
            assert postmaster(tmp_path) != stranger.pid
            await server.stop()
        finally:
            stranger.kill()


def test_a_lock_of_a_living_server_is_left_alone(postgres: EmbeddedPostgres) -> None:
    folder = postgres._cluster.home
    before = postmaster(folder)
    Cluster(folder).disown_stale_locks()
    assert postmaster(folder) == before != NO_SUCH_PID


async def test_a_folder_too_deep_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with open_database(Place(deep)) as dsn:
        async with reach_database(Place(deep)) as borrowed:
            assert borrowed == dsn
        assert "threadline-pg-" in dsn


SERVE = """
import asyncio, sys
from pathlib import Path
from threadline.config import load_settings
from threadline.db.server import open_database
async def main():
    async with open_database(load_settings({"data_dir": sys.argv[1]}, {}, None)):
        print("up", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_the_database_ends_with_a_server_that_is_killed_and_the_next_one_starts(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert await asyncio.to_thread(server.stdout.readline) == b"up\n"
        server.kill()
    assert (tmp_path / LOCK_NAME).read_text("ascii").startswith("server ")
    async with open_database(Place(tmp_path)) as dsn:
        link = await asyncpg.connect(dsn)
        assert await link.fetchval("select 1") == 1
        await link.close()


def copy_programs(home: Path) -> Path:
    """PostgreSQL's programs once more, in `home`; returns their folder."""
    package = pg_bindir().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, home / folder.name, symlinks=True)
    return home / package.name / "pginstall" / "bin"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a program to a user who may not see it")
async def test_root_runs_the_programs_from_a_home_that_nobody_else_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "root"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("THREADLINE_PG_BIN", str(copy_programs(home)))
    async with open_database(Place(home / "data")) as dsn:
        link = await asyncpg.connect(dsn)
        assert await link.fetchval("select count(*) from agent") == 0
        await link.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="the whole suite runs as a plain user already")
async def test_a_plain_user_runs_the_database_too(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    setpriv = shutil.which("setpriv")
    assert setpriv
    command = [
        setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",  # Python itself may lie in /root
        sys.executable, "-c", SERVE, str(data_dir),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="threadline-programs-") as folder:
        programs = copy_programs(Path(folder))  # a clone may lie where nobody else may look
        Path(folder).chmod(0o755)
        environment = {**os.environ, "THREADLINE_PG_BIN": str(programs)}
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as server:
            await the_database_is_up(server, data_dir, nobody.pw_uid)


async def the_database_is_up(server: "subprocess.Popen[bytes]", data_dir: Path, owner: int) -> None:
    try:
        assert server.stdout is not None
        assert await asyncio.to_thread(server.stdout.readline) == b"up\n"
        assert (data_dir / "postgres").stat().st_uid == owner
    finally:
        server.kill()


async def test_a_connection_nobody_gives_back_does_not_keep_the_pool_from_closing(
    dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    pool = await open_pool(dsn)
    kept = await pool.acquire()
    await close_pool(pool, limit_s=0.05)
    (line,) = caplog.records
    assert line.message == "database connections were not given back"
    holder = asyncio.current_task()
    assert holder is not None
    assert holder.get_name() in line.__dict__["tasks"]
    with pytest.raises(asyncpg.InterfaceError):
        await kept.execute("select 1")


async def test_a_pool_whose_connections_are_all_back_closes_without_a_word(
    dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    pool = await open_pool(dsn)
    assert await pool.fetchval("select 1") == 1
    await close_pool(pool)
    assert not caplog.records
