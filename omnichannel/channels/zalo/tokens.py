"""Zalo's tokens: short-lived, renewed by a refresh token that can be used once and is replaced each time.

Whoever renews holds the endpoint's secrets alone, in all processes, and commits the new pair before using it:
a pair lost is an account lost until an admin connects it again.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from omnichannel.channels.outside import Answer, Outside, base_of
from omnichannel.channels.port import Endpoint, Remedy, SecretStore, SendFailed
from omnichannel.channels.reading import text
from omnichannel.channels.zalo.errors import STALE_TOKEN, error_of, judged
from threadline.kernel.events import Json

OAUTH: Final = "https://oauth.zaloapp.com"
PAIR_PATH: Final = "/v4/oa/access_token"
log = logging.getLogger(__name__)


class Tokens:
    """Makes calls with a token that works."""

    def __init__(self, outside: Outside, store: SecretStore) -> None:
        self._outside = outside
        self._store = store

    async def call(self, endpoint: Endpoint, ask: Callable[[str], Awaitable[Answer]]) -> Json:
        """What `ask(token)` brings, with a renewed token where Zalo calls the first one stale. Raises SendFailed."""
        token = endpoint.secrets.get("access_token", "")
        if token:
            answer = await ask(token)
            if error_of(answer.body) not in STALE_TOKEN:
                return judged(answer)
        return judged(await ask(await self.renewed(endpoint, token)))

    async def renewed(self, endpoint: Endpoint, stale: str) -> str:
        """A token that is not `stale`: the one another process got meanwhile, else a new one."""
        async with self._store.exclusive(endpoint) as secrets:
            newest = secrets.values.get("access_token", "")
            if newest and newest != stale:
                return newest
            pair = await self._refresh(endpoint, secrets.values.get("refresh_token", ""))
            await secrets.keep(pair)
            log.info("zalo token renewed", extra={"endpoint": str(endpoint.id)})
            return pair["access_token"]

    async def _refresh(self, endpoint: Endpoint, refresh_token: str) -> dict[str, str]:
        form = {
            "refresh_token": refresh_token,
            "app_id": endpoint.config.get("app_id", ""),
            "grant_type": "refresh_token",
        }
        headers = {"secret_key": endpoint.secrets.get("app_secret", "")}
        try:
            answer = await self._outside.call(
                "POST", base_of(endpoint.config, OAUTH) + PAIR_PATH, form=form, headers=headers
            )
        except SendFailed as failed:  # the message itself has not left
            raise SendFailed(
                Remedy.RETRY, "Zalo's token service can't be reached.", code=failed.code
            ) from None
        return pair_of(answer)


def pair_of(answer: Answer) -> dict[str, str]:
    """Both tokens, as the endpoint's secrets. Raises SendFailed."""
    access, refresh = text(answer.body, "access_token"), text(answer.body, "refresh_token")
    if access and refresh:
        return {"access_token": access, "refresh_token": refresh}
    if answer.status >= 500 or answer.status == 429:
        raise SendFailed(Remedy.RETRY, "Zalo's token service is out of order.", code=str(answer.status))
    detail = "Zalo refused to give a token: an administrator must connect the account again."
    raise SendFailed(Remedy.RECONNECT, detail, code=text(answer.body, "error") or str(answer.status))
