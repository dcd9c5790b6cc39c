"""Which scope each route belongs to. Pure; the longest beginning of a path decides, and what is named nowhere is ADMIN."""

from typing import Final

from threadline.kernel.scopes import Scope

AREAS: Final[dict[str, Scope]] = {
    "/api/contacts": Scope.CONTACTS,
    "/api/contacts/{id}/export": Scope.ADMIN,
    "/api/contacts/{id}/erasure": Scope.ADMIN,
    "/api/contacts/{id}/legal-hold": Scope.ADMIN,
    "/api/contact-imports": Scope.CONTACTS,
    "/api/merges": Scope.CONTACTS,
    "/api/suggestions": Scope.CONTACTS,
    "/api/choices": Scope.CONTACTS,
    "/api/orders": Scope.CONTACTS,
    "/api/conversions": Scope.CONTACTS,
    "/api/search": Scope.CONTACTS,
    "/api/threads": Scope.MESSAGES,
    "/api/threads/{id}/cases": Scope.CASES,
    "/api/threads/{id}/mentions": Scope.CASES,
    "/api/messages": Scope.MESSAGES,
    "/api/entries": Scope.MESSAGES,
    "/api/files": Scope.MESSAGES,
    "/api/live": Scope.MESSAGES,
    "/api/cases": Scope.CASES,
    "/api/case-counts": Scope.CASES,
    "/api/mentions": Scope.CASES,
    "/api/sla-policies": Scope.CASES,
    "/api/queue-promises": Scope.CASES,
    "/api/queues/{name}/promise": Scope.CASES,
    "/api/calls": Scope.CALLS,
    "/api/calls/{id}/trace": Scope.ADMIN,
    "/api/recordings": Scope.CALLS,
    "/api/agents": Scope.CALLS,
    "/api/queues": Scope.CALLS,
    "/api/phone": Scope.CALLS,
    "/api/wrap-up-codes": Scope.CALLS,
    "/api/scorecards": Scope.CALLS,
    "/api/evaluations": Scope.CALLS,
    "/api/quality": Scope.CALLS,
    "/api/flow-names": Scope.CALLS,
    "/api/callbacks": Scope.CALLS,
    "/api/parking": Scope.CALLS,
    "/api/wallboard": Scope.CALLS,
    "/api/waiting": Scope.CALLS,
    "/api/agents/{id}/skills": Scope.ADMIN,
    "/api/agents/{id}/forced-state": Scope.ADMIN,
    "/api/flows": Scope.FLOWS,
    "/api/calendars": Scope.FLOWS,
    "/api/rules": Scope.AUTOMATION,
    "/api/canned": Scope.AUTOMATION,
    "/api/knowledge": Scope.AUTOMATION,
    "/api/macros": Scope.AUTOMATION,
    "/api/webhooks": Scope.AUTOMATION,
    "/api/customer-sources": Scope.AUTOMATION,
    "/api/operations": Scope.OPERATIONS,
    "/metrics": Scope.OPERATIONS,
}
LOOKS: Final = frozenset({"GET", "HEAD"})


def area_of(path: str) -> Scope:
    """`path` as routes are declared, parameters in braces."""
    parts = path.split("/")
    for length in range(len(parts), 1, -1):
        found = AREAS.get("/".join(parts[:length]))
        if found is not None:
            return found
    return Scope.ADMIN


def allows(scopes: frozenset[str] | None, method: str, area: Scope) -> bool:
    """Whether a token of these scopes may; None: a person, or a token without scopes."""
    if scopes is None or Scope.ADMIN in scopes or area in scopes:
        return True
    return method in LOOKS and Scope.READ in scopes and area is not Scope.ADMIN
