"""What the web room needs of what happens by itself."""

from dataclasses import dataclass

from omnichannel.canned.service import Canned
from omnichannel.customers.conversions import Conversions
from omnichannel.customers.service import Customers
from omnichannel.pictures.service import Pictures
from omnichannel.rules.service import Rules
from omnichannel.webhooks.service import Webhooks


@dataclass(frozen=True, slots=True)
class AutomationRooms:
    """The services themselves: the web asks nothing else of them."""

    rules: Rules
    canned: Canned
    webhooks: Webhooks
    customers: Customers
    conversions: Conversions | None = None
    pictures: Pictures | None = None
