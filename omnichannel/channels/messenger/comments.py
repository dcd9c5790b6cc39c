"""Comments on a page's or an Instagram account's posts in our words. Pure.

Who comments is known by an id that is not the one he writes messages under: the two are linked only when a
private reply to the comment tells the other one.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from omnichannel.channels.port import Endpoint, File, Ignored, Incoming, Known, Message
from omnichannel.channels.reading import branch, key_of, moment, text
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

COMMENTER: Final = "fb_commenter"
_SECOND: Final = timedelta(seconds=1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def read_change(endpoint: Endpoint, stored: Json, change: Json) -> Incoming:
    """One entry of `changes`. Raises Invalid for a comment that names nobody."""
    field, value = text(change, "field"), branch(change, "value")
    is_comment = field == "comments" or (field == "feed" and text(value, "item") == "comment")
    if not is_comment:
        return Ignored("no comment")
    if text(value, "from", "id") in (endpoint.address, endpoint.config.get("page_id", endpoint.address)):
        return Ignored("our own comment")
    if text(value, "verb") not in ("add", "edited", ""):
        return Ignored("a comment was removed or hidden")
    return _comment(endpoint, stored, value)


def _comment(endpoint: Endpoint, stored: Json, value: Json) -> Message:
    comment, author = text(value, "comment_id") or text(value, "id"), text(value, "from", "id")
    if not comment or not author:
        raise Invalid("The comment names neither itself nor its author.")
    sent = moment(stored.get("time"), timedelta(milliseconds=1), _LONG_AGO)
    at = moment(value.get("created_time"), _SECOND, sent)
    is_edit = text(value, "verb") == "edited"
    post, parent = text(value, "post_id") or text(value, "media", "id"), text(value, "parent_id")
    meta: Json = {"comment": comment, "post": post}
    if link := text(value, "permalink_url"):
        meta["permalink"] = link
    if is_edit:
        meta["edit_of"] = comment
    photo = text(value, "photo")
    return Message(
        Known(COMMENTER, author, endpoint.address),
        key_of(comment, "edit", at.isoformat()) if is_edit else comment,
        at, text(value, "message") or text(value, "text"),
        display=text(value, "from", "name") or text(value, "from", "username") or None,
        files=[File("photo.jpg", "image/jpeg", url=photo)] if photo else (),
        reply_to=comment if is_edit else _answered(parent, post),
        meta=meta,
    )  # fmt: skip


def _answered(parent: str, post: str) -> str | None:
    """The comment that is answered; a comment on the post itself has the post as its parent."""
    return parent if parent and parent != post else None
