"""People: who logs in, with what right, skills and extension."""

from omnichannel.people.model import Agent, Principal, Signed
from omnichannel.people.passwords import CHEAP, Cost
from omnichannel.people.service import People

__all__ = ["CHEAP", "Agent", "Cost", "People", "Principal", "Signed"]
