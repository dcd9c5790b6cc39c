"""Connecting a mailbox that logs in by XOAUTH2: the provider's consent page, and the code it brings for a refresh token."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from omnichannel.channels.beside import Errand
from omnichannel.channels.outside import Outside
from omnichannel.channels.port import Endpoint, Remedy, SendFailed
from omnichannel.channels.reading import text

GOOGLE_TOKENS: Final = "https://oauth2.googleapis.com/token"
GOOGLE_CONSENT: Final = "https://accounts.google.com/o/oauth2/v2/auth"
MICROSOFT: Final = "login.microsoftonline.com"
NO_CODE: Final = "The provider gave no permission."
NO_REFRESH: Final = "The provider gave no lasting permission: the scope must include offline access."


def consent_page(endpoint: Endpoint, errand: Errand) -> str | None:
    """None for a mailbox with a password, or one whose provider's page nobody told."""
    got = endpoint.config
    page = _page_of(got)
    if got.get("auth") != "xoauth2" or not page or not got.get("client_id"):
        return None
    asked = {
        "response_type": "code",
        "client_id": got["client_id"],
        "redirect_uri": errand.callback,
        "scope": got.get("scope", ""),
        "state": errand.state,
        "code_challenge": errand.challenge,
        "code_challenge_method": "S256",
        "login_hint": got.get("username") or endpoint.address,
        "access_type": "offline",  # Google's word for a refresh token; Microsoft goes by the scope
        "prompt": "consent",  # who agreed before gets no refresh token otherwise
    }
    return f"{page}?{urlencode(asked)}"


async def first_tokens(
    outside: Outside, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]
) -> dict[str, str]:
    """The refresh token; the first access token is got with it when it is needed. Raises SendFailed."""
    if not brought.get("code"):
        raise SendFailed(Remedy.RECONNECT, NO_CODE, code=brought.get("error"))
    form = {
        "grant_type": "authorization_code",
        "code": brought["code"],
        "redirect_uri": errand.callback,
        "client_id": endpoint.config.get("client_id", ""),
        "code_verifier": errand.verifier,
    }
    if endpoint.secrets.get("client_secret"):
        form["client_secret"] = endpoint.secrets["client_secret"]
    answer = await outside.call("POST", endpoint.config.get("token_url", ""), form=form)
    refresh = text(answer.body, "refresh_token")
    if answer.status != 200 or not refresh:
        detail = NO_REFRESH if text(answer.body, "access_token") else NO_CODE
        raise SendFailed(Remedy.RECONNECT, detail, code=text(answer.body, "error") or str(answer.status))
    return {"refresh_token": refresh, "access_token": "", "access_token_until": ""}


def _page_of(got: Mapping[str, str]) -> str:
    given, tokens = got.get("authorize_url", ""), got.get("token_url", "")
    if given.startswith(("https://", "http://127.0.0.1:")):
        return given
    if tokens == GOOGLE_TOKENS:
        return GOOGLE_CONSENT
    if urlsplit(tokens).hostname == MICROSOFT:
        return tokens.removesuffix("/token") + "/authorize"
    return ""
