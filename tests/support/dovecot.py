"""A Dovecot of a test's own: one user over IMAP on loopback, mail dropped into his maildir."""

import asyncio
import contextlib
import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from tests.support.ports import LOOPBACK, free_port

USER = "support@shop.example.vn"
PASSWORD = "pw1"
CONF = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {login}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{home}/mail/%u
mail_uid = {user}
mail_gid = {group}
mail_access_groups =
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
default_internal_group = {login_group}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""
PLAIN, TOKEN = "auth_mechanisms = plain login", "auth_mechanisms = xoauth2"
BY_PASSWORD = "  driver = passwd-file\n  args = scheme=PLAIN username_format=%u {home}/users"
BY_TOKEN = "  driver = oauth2\n  mechanisms = xoauth2\n  args = {home}/oauth.ext"
OAUTH = "tokeninfo_url = {url}?token=\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n"
_numbers = count(1)


class Dovecot:
    """`port` stays the same over `stop` and `start`."""

    def __init__(
        self, home: Path, token_info: str | None = None, certificate: tuple[Path, Path] | None = None
    ) -> None:
        """`token_info`: URL that answers {"active", "username"} for `?token=`; login is by XOAUTH2 then.

        `certificate` (chain, key): IMAP over TLS at `tls_port`, and STARTTLS at `port`.
        """
        self.tls_port = free_port() if certificate else 0
        self._certificate = certificate
        self.home, self.port = home, free_port()
        self._token_info = token_info
        self._process: asyncio.subprocess.Process | None = None
        is_root = os.geteuid() == 0
        self._mail = pwd.getpwnam("mail") if is_root else pwd.getpwuid(os.geteuid())
        self._login_group = "nogroup" if is_root else grp.getgrgid(self._mail.pw_gid).gr_name
        self._login = "nobody" if is_root else self._mail.pw_name

    @property
    def maildir(self) -> Path:
        return self.home / "mail" / USER

    async def start(self) -> None:
        conf = self.home / "dovecot.conf"
        made = CONF if self._token_info is None else CONF.replace(BY_PASSWORD, BY_TOKEN).replace(PLAIN, TOKEN)
        if self._certificate is not None:
            chain, key = self._certificate
            made = made.replace("ssl = no", f"ssl = required\nssl_cert = <{chain}\nssl_key = <{key}")
            made = made.replace("imaps {{\n    port = 0", f"imaps {{{{\n    port = {self.tls_port}")
        conf.write_text(
            made.format(
                home=self.home,
                port=self.port,
                user=self._mail.pw_uid,
                group=self._mail.pw_gid,
                login=self._login,
                login_group=self._login_group,
            )
        )
        self._process = await asyncio.create_subprocess_exec("dovecot", "-F", "-c", str(conf))
        async with asyncio.timeout(60):
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
            self._process = None

    def prepare(self) -> None:
        self.home.chmod(0o755)
        for name in ("run", "state", "mail"):
            (self.home / name).mkdir()
        self._own(self.home / "mail")
        (self.home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        if self._token_info is not None:
            (self.home / "oauth.ext").write_text(OAUTH.format(url=self._token_info))
        for folder in (self.maildir, *(self.maildir / name for name in ("cur", "new", "tmp"))):
            folder.mkdir()
            self._own(folder)

    def deliver(self, raw: bytes) -> None:
        """A mail into the inbox, as a delivery agent does it: written aside, then moved."""
        name = f"{next(_numbers)}.M{os.getpid()}.test"
        aside = self.maildir / "tmp" / name
        aside.write_bytes(raw)
        self._own(aside)
        aside.rename(self.maildir / "new" / name)

    def forget_uids(self) -> None:
        """The server lost its index: another UIDVALIDITY, other UIDs. Only while it is stopped."""
        for path in self.maildir.glob("dovecot*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (self.maildir / "dovecot-uidlist").write_text("3 V7777 N1000 G0000000000000000000000000000aaaa\n")
        self._own(self.maildir / "dovecot-uidlist")

    def _own(self, path: Path) -> None:
        os.chown(path, self._mail.pw_uid, self._mail.pw_gid)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        greeting = await reader.readline()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return greeting.startswith(b"* OK")


@asynccontextmanager
async def running_dovecot(
    token_info: str | None = None, certificate: tuple[Path, Path] | None = None
) -> AsyncIterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="tl-dovecot-", dir="/tmp") as folder:
        server = Dovecot(Path(folder), token_info, certificate)
        server.prepare()
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
