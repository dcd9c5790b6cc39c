"""A mail's HTML made harmless, and its text. Pure.

What is stored can neither run nor load anything: pictures of the mail itself keep `cid:` addresses, pictures from
elsewhere become `remote:` ones, which no browser knows. `shown` turns the first into signed addresses of files
and, when an agent asks for it, the second back. A page shows the result in a sandboxed frame besides.
"""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Final
from urllib.parse import unquote

import nh3
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

HTML_MAX: Final = 2_000_000
_TAGS_LIST: Final = (
    "a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img "
    "ins li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr u ul"
)
_TAGS: Final = set(_TAGS_LIST.split())
_WITH_CONTENT_LIST: Final = (
    "script style title head template noscript iframe frameset object embed applet svg math select textarea button "
    "video audio canvas xml"
)
_WITH_CONTENT: Final = set(_WITH_CONTENT_LIST.split())
_CELL: Final = {"colspan", "rowspan", "align", "valign", "bgcolor", "width", "height"}
_ATTRIBUTES: Final = {
    "*": {"style", "dir", "lang", "align"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"bgcolor", "valign"},
    "table": {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
    "col": {"width", "span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
_STYLES_LIST: Final = (
    "color background-color font-family font-size font-style font-weight text-align text-decoration text-indent "
    "line-height letter-spacing vertical-align white-space padding padding-left padding-right padding-top "
    "padding-bottom margin-left border border-left border-right border-top border-bottom border-color border-style "
    "border-width border-collapse width height max-width list-style-type"
)
_STYLES: Final = set(_STYLES_LIST.split())
_STYLE_MAX: Final = 2_000
_STYLE_TRICKS: Final = re.compile(
    r"url|expression|\\|/\*|@|image|var\(|attr\(|env\(|javascript|binding|element\(", re.I
)
_LINKS: Final = ("http:", "https:", "mailto:", "tel:")
_SCHEMES: Final = {"http", "https", "mailto", "tel", "cid", "remote"}
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_PLAIN: Final = ParserConfig(display_images=False, display_links=False)

_Filter = Callable[[str, str, str], str | None]


def clean(html: str) -> str:
    """The HTML as it is stored. Cleaning it again changes nothing."""
    return _cleaned(html, _kept_picture)


def shown(html: str, files: Mapping[str, str], *, has_remote: bool) -> str:
    """Stored HTML as a page shows it. `files`: addresses by content id, without angle brackets.

    Pictures from elsewhere are there only with `has_remote`: loading one tells its sender who reads, and when.
    """

    def picture(address: str) -> str | None:
        if address.startswith("cid:"):
            return files.get(unquote(address.removeprefix("cid:")))
        return address.removeprefix("remote:") if has_remote and address.startswith("remote:") else None

    return _cleaned(html, picture)


def relinked(html: str, link: Callable[[str], str]) -> str:
    """HTML as `shown` makes it, each picture from elsewhere at what `link` makes of its address."""

    def picture(address: str) -> str:
        return link(address.removeprefix("remote:")) if address.startswith("remote:") else address

    return _cleaned(html, picture)


def has_remote(html: str) -> bool:
    """Whether stored HTML has pictures from elsewhere."""
    return 'src="remote:' in html


def to_text(html: str) -> str:
    """What a reader would see of it, as text."""
    harmless = clean(html)
    try:
        text = get_text(harmless, _PLAIN)
    except (RecursionError, ValueError):
        text = ""
    text = text if text.strip() else unescape(_ANY_TAG.sub(" ", harmless)).strip()
    lines = [line.rstrip() for line in text.replace("\xa0", " ").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def from_text(text: str) -> str:
    """Plain text as HTML."""
    return "<div>" + escape(text).replace("\n", "<br>\n") + "</div>"


def _cleaned(html: str, picture: Callable[[str], str | None]) -> str:
    return nh3.clean(
        html[:HTML_MAX],
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter(picture),
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
    )


def _filter(picture: Callable[[str], str | None]) -> _Filter:
    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return None if len(value) > _STYLE_MAX or _STYLE_TRICKS.search(value) else value
        address = value.strip()
        if attribute == "src":
            return picture(address)
        if attribute == "href":
            return address if address.lower().startswith(_LINKS) else None
        return value

    return kept


def _kept_picture(address: str) -> str | None:
    low = address.lower()
    if low.startswith(("cid:", "remote:http:", "remote:https:")):
        return low[: low.index(":") + 1] + address.partition(":")[2]
    if low.startswith("//"):
        return f"remote:https:{address}"
    return f"remote:{address}" if low.startswith(("http:", "https:")) else None
