"""Phone accounts of people: made with a password that is told once, and dropped."""

import secrets
from typing import Final

from telephony.administration.notes import Note, Who
from telephony.administration.store import Row, TelephonyAdministrationStore
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.server import SipServer
from telephony.sip.store import SipStore
from threadline.db.pool import Pool

PASSWORD_BYTES: Final = 12


class Phones:
    """Accounts by user name, which is a person's extension."""

    def __init__(self, pool: Pool, accounts: SipStore, realm: str, sip: SipServer, note: Note) -> None:
        self._pool = pool
        self._accounts = accounts
        self._realm = realm
        self._sip = sip
        self._note = note

    async def everything(self) -> dict[str, Row]:
        """{user name: {srtp, md5, is_registered}} of phones."""
        return {
            one.username: {
                "srtp": one.srtp,
                "md5": one.ha1_md5 is not None,
                "is_registered": self._sip.is_registered(one.username),
            }
            for one in await self._accounts.accounts()
            if one.kind == "phone"
        }

    async def make(self, username: str, actor: Who, *, md5: bool, srtp: SrtpPolicy) -> Row:
        """A new account, or a new password for the one there is: {username, realm, password}, told this once."""
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        known = await self._accounts.account(username)
        await self._accounts.add_account(
            username, self._realm, password, md5=md5, srtp=srtp, may_dial=known is None or known.may_dial,
            number=await TelephonyAdministrationStore(self._pool).caller_id(username),
        )  # fmt: skip
        await self._note(actor, "phone.make", f"phone:{username}", {"after": {"md5": md5, "srtp": srtp}})
        return {"username": username, "realm": self._realm, "password": password}

    async def drop(self, username: str, actor: Who) -> None:
        """The phone can't register any more; nothing where there is none."""
        if await self._accounts.account(username) is None:
            return
        await self._accounts.drop_account(username)
        await self._note(actor, "phone.drop", f"phone:{username}")
