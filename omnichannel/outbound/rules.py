"""What may be sent to whom by which address, said before an agent types and checked when he sends. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from omnichannel.channels.port import (
    Channel,
    Choice,
    Endpoint,
    Known,
    Limits,
    Opening,
    Outgoing,
    StoredFile,
    Taps,
    Window,
)
from omnichannel.channels.wording import length
from omnichannel.errors import CannotSend
from omnichannel.identity import Trust
from omnichannel.outbound.store import Recipient
from threadline.kernel.events import Json

INLINE_S: Final = 3600.0
ANYBODY: Final = frozenset({"phone", "email"})
"""Kinds one can write to who never wrote here; everything else exists only where it came from."""
CLOSED: Final[dict[Opening, str]] = {
    Opening.CLOSED: "The time to answer here is over: use another channel.",
    Opening.TEMPLATE_ONLY: "The time to answer freely is over: send a template, or use another channel.",
    Opening.PERSON_ONLY: "Only a person may write here now, nothing automatic.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent. `is_person`: somebody typed it. `choices` are answers to tap, or to type."""

    text: str
    html: str | None
    subject: str | None
    files: tuple[StoredFile, ...]
    template: Json | None
    is_person: bool
    choices: tuple[Choice, ...] = ()


def offered(draft: Draft, limits: Limits) -> Draft:
    """The draft with its choices as the channel has them: to tap where they fit, else as a list to answer in writing."""
    if not draft.choices or tapped(draft.text, draft.choices, limits) is not None:
        return draft
    listed = [f"{choice.key}. {choice.shown}" for choice in draft.choices]
    return replace(draft, text="\n".join([draft.text, *listed]), choices=())


def tapped(text: str, choices: Sequence[Choice], limits: Limits) -> Taps | None:
    """The plainest way to tap that takes these choices under this text; None: there is none."""
    shown = [length(choice.shown) for choice in choices]
    if not choices or len({choice.shown for choice in choices}) < len(choices):
        return None
    for taps in limits.taps:
        fits = len(choices) <= taps.most and max(shown) <= taps.shown_max
        if fits and 0 < length(text) <= taps.text_max:
            return taps
    return None


def ways(
    rows: Sequence[Mapping[str, Any]],
    endpoints: Sequence[Endpoint],
    channels: Mapping[str, Channel],
    now: datetime,
) -> list[Json]:
    """Pairs of identity and endpoint, those that were used last first: {identity, kind, value, trust, endpoint, channel,
    title, window: {opening, until}, limits, do_not_contact, last_inbound}. `rows` are those of the query `reach`."""
    known: dict[tuple[int, int], datetime] = {
        (row["id"], row["endpoint_row"]): row["last_inbound"]
        for row in rows
        if row["endpoint_row"] is not None
    }
    found: list[Json] = []
    for row in {row["id"]: row for row in rows}.values():
        for endpoint in endpoints:
            channel = channels.get(endpoint.kind)
            last = known.get((row["id"], endpoint.row))
            if channel is None or not _reaches(channel, row["kind"], last, has_template=True):
                continue
            found.append(_way(row, endpoint, channel, last, now))
    return sorted(found, key=_freshness, reverse=True)


def check(endpoint: Endpoint, channel: Channel | None, to: Recipient, draft: Draft, now: datetime) -> None:
    """Raises CannotSend with a sentence for people."""
    has_template = draft.template is not None
    if channel is None or not _reaches(channel, to.kind, to.last_inbound, has_template=has_template):
        raise CannotSend("This customer can't be reached by that address of ours.", "no_way")
    if to.do_not_contact:
        raise CannotSend("This customer does not want to be contacted there.", "do_not_contact")
    _check_window(channel.window(endpoint, to.last_inbound, now), draft)
    _check_size(channel.limits, draft)


def payload(
    to: Recipient, draft: Draft, now: datetime, basis: Mapping[str, Any] | None, *, is_reply: bool
) -> Json:
    """What the outbox keeps of an Outgoing; the files stand with the entry. `basis` is the message answered."""
    meta = {} if basis is None else dict(basis["meta"] or {})
    return {
        "to": {"kind": to.kind, "value": to.value, "scope": to.scope},
        "text": unicodedata.normalize("NFC", draft.text),
        "at": now.isoformat(),
        "html": draft.html,
        "subject": draft.subject,
        "reply_to": basis["provider_msg_id"] if basis is not None and is_reply else None,
        "template": draft.template,
        "by": "person" if draft.is_person else "machine",
        "last_inbound": None if to.last_inbound is None else to.last_inbound.isoformat(),
        "meta": meta,
        "choices": [asdict(choice) for choice in draft.choices],
    }


def outgoing(key: str, kept: Mapping[str, Any], files: Sequence[StoredFile]) -> Outgoing:
    """The Outgoing of a `payload`."""
    last = kept["last_inbound"]
    return Outgoing(
        key=key,
        to=Known(kept["to"]["kind"], kept["to"]["value"], kept["to"]["scope"]),
        text=kept["text"],
        at=datetime.fromisoformat(kept["at"]),
        html=kept["html"],
        subject=kept["subject"],
        files=files,
        reply_to=kept["reply_to"],
        template=kept["template"],
        by=kept["by"],
        last_inbound=None if last is None else datetime.fromisoformat(last),
        meta=kept["meta"],
        choices=[Choice(**choice) for choice in kept.get("choices", ())],
    )


def names(draft: Draft) -> str:
    return ", ".join(file.name for file in draft.files)


def _reaches(
    channel: Channel, identity_kind: str, last_inbound: datetime | None, *, has_template: bool
) -> bool:
    """Who wrote here can be answered here; a phone or an e-mail also by whatever channel speaks to such.

    A template reaches a phone by channels that otherwise know people by ids of their own (`template_kinds`).
    """
    if last_inbound is not None:
        return True
    if has_template and identity_kind in getattr(channel, "template_kinds", ()):
        return True
    return identity_kind == channel.identity_kind and identity_kind in ANYBODY


def _check_window(window: Window, draft: Draft) -> None:
    is_template = draft.template is not None
    if window.opening is Opening.CLOSED or (window.opening is Opening.TEMPLATE_ONLY and not is_template):
        raise CannotSend(CLOSED[window.opening], f"window_{window.opening.value}")
    if window.opening is Opening.PERSON_ONLY and not draft.is_person:
        raise CannotSend(CLOSED[window.opening], f"window_{window.opening.value}")


def _check_size(limits: Limits, draft: Draft) -> None:
    text = unicodedata.normalize("NFC", draft.text)
    if not text.strip() and not draft.files and draft.template is None:
        raise CannotSend("There is nothing to send.", "nothing_to_send")
    if len(text) > limits.text_max:
        raise CannotSend(
            f"This is {len(text)} characters; here at most {limits.text_max} can be sent at once.",
            "message_too_long",
        )
    for file in draft.files:
        if not limits.file_types or not file.mime.startswith(limits.file_types):
            raise CannotSend(f"A file of the kind {file.mime} can't be sent here.", "file_kind")
        if file.bytes > limits.file_bytes:
            raise CannotSend(
                f"{file.name} is larger than the {limits.file_bytes // 1000} kB allowed here.", "file_size"
            )


def _way(
    row: Mapping[str, Any], endpoint: Endpoint, channel: Channel, last: datetime | None, now: datetime
) -> Json:
    window, limits = channel.window(endpoint, last, now), channel.limits
    return {
        "identity": row["id"],
        "kind": row["kind"],
        "value": row["value"],
        "trust": Trust(row["trust"]).name.lower(),
        "endpoint": str(endpoint.id),
        "channel": endpoint.kind,
        "title": endpoint.title,
        "window": {
            "opening": window.opening.value,
            "until": None if window.until is None else window.until.isoformat(),
        },
        "limits": {
            "text_max": limits.text_max,
            "file_bytes": limits.file_bytes,
            "file_types": [*limits.file_types],
            "has_html": limits.has_html,
            "has_subject": limits.has_subject,
        },
        "do_not_contact": row["do_not_contact"],
        "last_inbound": None if last is None else last.isoformat(),
    }


def _freshness(way: Json) -> str:
    return str(way["last_inbound"] or "")
