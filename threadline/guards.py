"""The settings of the SIP guard and of dialling out, as the telephony room wants them."""

from collections.abc import Iterable

from telephony.dial_policy import DialPolicy, DialRules
from telephony.sip.defence import Defence, DefenceRules
from telephony.sip.trunks import TrunkConfig
from telephony.sip.watch import Watch
from threadline.config import Settings

BURST_S = 7.0  # a hundred phones behind one address come back after a power cut
KNOWN_TIMES = 10.0


def watch_of(settings: Settings, trunks: Iterable[TrunkConfig]) -> Watch:
    """Everything that stands around the SIP core of this server."""
    rate = float(settings.sip_rate)
    rules = DefenceRules(
        per_address=rate, address_burst=rate * BURST_S,
        per_known=rate * KNOWN_TIMES, known_burst=rate * KNOWN_TIMES * BURST_S, failures=settings.ban_after,
    )  # fmt: skip
    countries = frozenset({settings.region}) if settings.dial_countries is None else settings.dial_countries
    dial = DialRules(
        settings.region,
        countries,
        settings.dial_per_minute,
        settings.dial_at_once,
        float(settings.dial_minutes),
        settings.dial_money,
    )
    regions = {trunk.name: trunk.region for trunk in trunks if trunk.region}
    return Watch(Defence(rules, settings.sip_allow), DialPolicy(dial, regions))
