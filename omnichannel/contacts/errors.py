"""Errors about contacts.

ThreadlineError
├── NotFound
│   ├── NoSuchIdentity
│   ├── NoSuchMerge
│   ├── NoSuchSuggestion
│   └── NoSuchImport
├── Refused
│   ├── AlreadyOne           the two contacts are the same by now
│   ├── CustomerNumbersDiffer
│   ├── IdentityTaken        another contact has it: merge the two, or share it
│   └── StillShared          several people have the identity
└── Invalid
    └── FileUnreadable       no table can be read from the bytes
"""

from threadline.kernel.errors import Invalid, NotFound, Refused


class NoSuchIdentity(NotFound):
    """No such identity of this contact."""


class NoSuchMerge(NotFound):
    """No such merge, or it is undone."""


class NoSuchSuggestion(NotFound):
    """No such suggestion, or it is decided."""


class NoSuchImport(NotFound):
    """No such import."""


class AlreadyOne(Refused):
    """These two are one contact already."""


class CustomerNumbersDiffer(Refused):
    """The two contacts have different customer numbers; say `anyway` if they are one person all the same."""


class IdentityTaken(Refused):
    """Another contact has this identity: merge the two, or share it."""


class StillShared(Refused):
    """Several contacts have this identity; take it from the others first."""


class FileUnreadable(Invalid):
    """No table can be read from this file."""
