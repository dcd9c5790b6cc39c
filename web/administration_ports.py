"""What the web room needs of administration."""

from dataclasses import dataclass

from omnichannel.administration.queues import Queues
from omnichannel.administration.rehearsal import Rehearsal
from omnichannel.administration.skills import Skills
from omnichannel.administration.users import Users
from omnichannel.administration.wrap_up import WrapUpCodes
from telephony.administration.numbers import Numbers
from telephony.administration.phones import Phones
from telephony.administration.trunks import Trunks


@dataclass(frozen=True, slots=True)
class AdministrationRooms:
    """The services themselves: the web asks nothing else of them."""

    users: Users
    skills: Skills
    queues: Queues
    wrap_up: WrapUpCodes
    numbers: Numbers
    trunks: Trunks
    phones: Phones
    rehearsal: Rehearsal
