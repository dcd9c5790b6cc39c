"""Connecting an account: the consent link made in Zalo's console, and the code it brings for the first pair of tokens.

The console keeps the callback URL and the PKCE challenge and makes the link from them; one made by hand is refused
(-14003). A code holds for ten minutes and works once.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

from omnichannel.channels.beside import Errand
from omnichannel.channels.outside import Outside, base_of
from omnichannel.channels.port import Endpoint, Remedy, SendFailed
from omnichannel.channels.zalo.tokens import OAUTH, PAIR_PATH, pair_of

OTHER_ACCOUNT: Final = "This is another account: sign in to the one whose id is this endpoint's address."
NO_CODE: Final = "Zalo gave no permission."


def consent_page(endpoint: Endpoint, errand: Errand) -> str | None:
    link = endpoint.config.get("consent_url", "")
    base = base_of(endpoint.config, OAUTH)
    if not link or (urlsplit(link).scheme, urlsplit(link).netloc) != (
        urlsplit(base).scheme,
        urlsplit(base).netloc,
    ):
        return None
    return str(URL(link).update_query(state=errand.state))


async def first_pair(
    outside: Outside, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]
) -> dict[str, str]:
    """Raises SendFailed."""
    if not brought.get("code"):
        raise SendFailed(Remedy.RECONNECT, NO_CODE, code=brought.get("error"))
    if brought.get("oa_id", endpoint.address) != endpoint.address:
        raise SendFailed(Remedy.RECONNECT, OTHER_ACCOUNT, code="other_account")
    form = {
        "code": brought["code"],
        "app_id": endpoint.config.get("app_id", ""),
        "grant_type": "authorization_code",
        "code_verifier": errand.verifier,
    }
    headers = {"secret_key": endpoint.secrets.get("app_secret", "")}
    url = base_of(endpoint.config, OAUTH) + PAIR_PATH
    return pair_of(await outside.call("POST", url, form=form, headers=headers))
