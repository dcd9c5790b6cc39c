"""Errors of the edge.

TelephonyError
└── EdgeError
    ├── OfferUnreadable    a page's offer can't be answered
    └── NoEdge             browsers' sound can't be taken here
"""

from telephony.errors import TelephonyError


class EdgeError(TelephonyError):
    """Something between a browser and the media engine failed."""


class OfferUnreadable(EdgeError):
    """The page's offer can't be answered."""


class NoEdge(EdgeError):
    """The port for browsers' sound can't be opened."""
