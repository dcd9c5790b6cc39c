"""Access tokens for mailboxes that log in by XOAUTH2, refreshed before they expire, once for all processes."""

from datetime import datetime, timedelta
from typing import Final

from omnichannel.channels.outside import Answer, Outside
from omnichannel.channels.port import Endpoint, Remedy, Secrets, SecretStore, SendFailed
from omnichannel.channels.reading import text
from threadline.kernel.clock import Clock

EARLY: Final = timedelta(minutes=5)
_SECONDS: Final = 3600


class AccessTokens:
    """One holder at a time refreshes: providers may withdraw a refresh token that two used."""

    def __init__(self, outside: Outside, secrets: SecretStore, clock: Clock) -> None:
        self._outside, self._secrets, self._clock = outside, secrets, clock

    async def of(self, endpoint: Endpoint) -> str:
        """A token that holds for some minutes. Raises SendFailed: RECONNECT, RETRY."""
        async with self._secrets.exclusive(endpoint) as held:
            if _still_good(held, self._clock.now()):
                return held.values["access_token"]
            return await self._refresh(endpoint, held)

    async def forget(self, endpoint: Endpoint) -> None:
        """The server refused it, whatever its time: the next one is a new one."""
        async with self._secrets.exclusive(endpoint) as held:
            await held.keep({"access_token": "", "access_token_until": ""})

    async def _refresh(self, endpoint: Endpoint, held: Secrets) -> str:
        form = {"grant_type": "refresh_token", "refresh_token": held.values.get("refresh_token", "")}
        form |= {name: value for name in ("client_id", "scope") if (value := endpoint.config.get(name))}
        if held.values.get("client_secret"):
            form["client_secret"] = held.values["client_secret"]
        url = endpoint.config.get("token_url", "")
        if not url.startswith(("https://", "http://127.0.0.1:")) or not form["refresh_token"]:
            raise SendFailed(
                Remedy.RECONNECT, "The mailbox has no refresh token or no token URL.", code="oauth"
            )
        answer = await self._unsure_is_retry(url, form)
        token = text(answer.body, "access_token")
        if answer.status >= 500 or answer.status == 429:
            raise SendFailed(Remedy.RETRY, "The token service is not available.", code=str(answer.status))
        if answer.status != 200 or not token:
            detail = "The mailbox's permission has ended: connect it again."
            raise SendFailed(Remedy.RECONNECT, detail, code=text(answer.body, "error") or str(answer.status))
        await held.keep(
            self._kept(token, text(answer.body, "refresh_token"), text(answer.body, "expires_in"))
        )
        return token

    async def _unsure_is_retry(self, url: str, form: dict[str, str]) -> Answer:
        """A token asked for twice is no harm."""
        try:
            return await self._outside.call("POST", url, form=form)
        except SendFailed as failed:
            raise SendFailed(
                Remedy.RETRY, "The token service could not be reached.", code=failed.code
            ) from failed

    def _kept(self, token: str, refresh: str, expires_in: str) -> dict[str, str]:
        seconds = int(expires_in) if expires_in.isdecimal() else _SECONDS
        until = self._clock.now() + timedelta(seconds=seconds)
        kept = {"access_token": token, "access_token_until": until.isoformat()}
        return kept | ({"refresh_token": refresh} if refresh else {})


def _still_good(held: Secrets, now: datetime) -> bool:
    until = held.values.get("access_token_until")
    return (
        bool(held.values.get("access_token") and until) and datetime.fromisoformat(str(until)) - EARLY > now
    )
