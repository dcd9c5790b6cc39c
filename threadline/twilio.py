"""Puts calls by Twilio together, where the settings name an account."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telephony.controller import Controller
from telephony.line import House
from telephony.twilio.account import Doors, TwilioAccount
from telephony.twilio.calls import TwilioCalls
from telephony.twilio.rest import TwilioRest
from telephony.twilio.store import CarriedStore
from threadline.addresses import advertised_host
from threadline.config import Settings
from threadline.db.pool import Pool

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_twilio(
    settings: Settings, pool: Pool, house: House, controller: Controller
) -> AsyncIterator[TwilioCalls | None]:
    """Ready to `run`; None without an account, or without an address at which Twilio finds us."""
    account = account_of(settings)
    if account is None:
        yield None
        return
    if settings.public_url is None:
        log.error("calls by twilio need the setting public_url")
        yield None
        return
    async with TwilioRest(account, calls_a_second=account.calls_a_second) as rest:
        yield TwilioCalls(
            account,
            Doors(settings.public_url, f"{advertised_host(settings)}:{house.sip.port}"),
            rest,
            house,
            controller,
            CarriedStore(pool),
        )


def account_of(settings: Settings) -> TwilioAccount | None:
    if settings.twilio_account is None or settings.twilio_token is None:
        return None
    tokens = (settings.twilio_token, settings.twilio_token_next)
    return TwilioAccount(
        sid=settings.twilio_account,
        tokens=tuple(token for token in tokens if token),
        webhook_key=settings.twilio_webhook_key,
        key=settings.twilio_key,
        secret=settings.twilio_secret,
        base_url=settings.twilio_url,
        by_twiml=frozenset(settings.twilio_twiml),
        numbers=settings.twilio_numbers,
        calls_a_second=float(settings.twilio_rate),
        detects_machines=settings.twilio_detect_machines,
    )
