"""Connecting a page: Facebook's login dialog, and the code it brings for a token of the page that does not end.

The code gives a token of the person, which is exchanged for a long one; the page's token taken with that one lasts as
long as he may manage the page. Then the app is subscribed to the page. Source: Facebook Login, manual flow; Page access
tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from omnichannel.channels.beside import Errand
from omnichannel.channels.meta.graph import GRAPH, VERSION, Graph
from omnichannel.channels.outside import Outside, base_of
from omnichannel.channels.port import Endpoint, Remedy, SendFailed
from omnichannel.channels.reading import text

DIALOG: Final = "https://www.facebook.com"
NO_CODE: Final = "Facebook gave no permission."
NO_PAGE: Final = "Whoever signed in does not manage this page, or did not choose it."


def login_page(endpoint: Endpoint, errand: Errand, permissions: Sequence[str]) -> str | None:
    """None without the app's id."""
    if not endpoint.config.get("app_id"):
        return None
    base = base_of(endpoint.config, GRAPH)
    asked = {
        "client_id": endpoint.config["app_id"],
        "redirect_uri": errand.callback,
        "state": errand.state,
        "response_type": "code",
        "scope": ",".join(permissions),
    }
    return f"{DIALOG if base == GRAPH else base}/{VERSION}/dialog/oauth?{urlencode(asked)}"


async def page_token(
    outside: Outside,
    endpoint: Endpoint,
    errand: Errand,
    brought: Mapping[str, str],
    page: str,
    fields: Sequence[str],
) -> dict[str, str]:
    """The token of `page`, which from now on tells us of `fields`. Raises SendFailed."""
    if not brought.get("code"):
        raise SendFailed(Remedy.RECONNECT, NO_CODE, code=brought.get("error"))
    app = {
        "client_id": endpoint.config.get("app_id", ""),
        "client_secret": endpoint.secrets.get("app_secret", ""),
    }
    graph = Graph(outside, _with(endpoint, ""))
    person = await graph.get("oauth/access_token", **app, redirect_uri=errand.callback, code=brought["code"])
    lasting = await graph.get(
        "oauth/access_token", **app, grant_type="fb_exchange_token", fb_exchange_token=text(person, "access_token")
    )  # fmt: skip
    found = await Graph(outside, _with(endpoint, text(lasting, "access_token"))).get(
        page, fields="access_token"
    )
    token = text(found, "access_token")
    if not token:
        raise SendFailed(Remedy.RECONNECT, NO_PAGE, code="no_page")
    await Graph(outside, _with(endpoint, token)).post(
        f"{page}/subscribed_apps", {"subscribed_fields": ",".join(fields)}
    )
    return {"access_token": token}


def _with(endpoint: Endpoint, token: str) -> Endpoint:
    return replace(endpoint, secrets={**endpoint.secrets, "access_token": token})
