"""What the web room needs of what happens by itself."""

from dataclasses import dataclass

from omnichannel.rules.service import Rules


@dataclass(frozen=True, slots=True)
class AutomationRooms:
    """The services themselves: the web asks nothing else of them."""

    rules: Rules
