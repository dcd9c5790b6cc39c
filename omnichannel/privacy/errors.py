"""Errors of privacy.

ThreadlineError
├── NotFound
│   └── NoSuchRequest
├── Refused
│   ├── Held             a legal hold says that nothing may be erased
│   └── NotNow           a call or a merge is under way
└── Invalid
    └── SettingUnreadable
"""

from threadline.kernel.errors import Invalid, NotFound, Refused


class NoSuchRequest(NotFound):
    """No such request, or its archive is gone."""


class Held(Refused):
    """A legal hold lies on this contact: nothing may be erased."""


class NotNow(Refused):
    """A call or a merge of this contact is under way; ask again when it is over."""


class SettingUnreadable(Invalid):
    """Not a thing that can be set."""
