"""Executable content of VoiceXML (section 5.3 of the recommendation): what happens in a block, when a field is
filled, when nobody answers. Read from its end, so that each part knows what follows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit

from ivr_flows.imports.sketch import Ref
from ivr_flows.imports.voicexml_reading import SAID, Document
from ivr_flows.markup import Element

LEAVING: Final = frozenset({"goto", "exit", "disconnect", "submit", "return"})


_WHY: Final = {
    "submit": ("what follows comes from a server, so the call ends there", "ask the service by an http step"),
    "return": (
        "only a module returns, so the call ends there",
        "make the flow a module and end it with return",
    ),
}


@dataclass(frozen=True, slots=True)
class Where:
    """In which item content stands: where `nextitem` leads, and where a cleared or repeated item begins."""

    document: Document
    owner: Element
    items: dict[str, Ref]
    again: Ref


def leaves(element: Element) -> bool:
    """Whether the content goes elsewhere for good."""
    return any(child.name in LEAVING for child in element.children)


def read_content(where: Where, pieces: Sequence[str | Element], then: Ref) -> Ref:
    """The first step of this content; `then` is where its end leads."""
    groups = [(is_said, list(group)) for is_said, group in groupby(pieces, _is_said)]
    for is_said, group in reversed(groups):
        if is_said:
            then = _say(where, group, then)
            continue
        for element in reversed(group):
            assert isinstance(element, Element), "texts are said"
            reader = _READERS.get(element.name, _left_out)
            then = reader(where, element, then)
    return then


def _is_said(piece: str | Element) -> bool:
    return isinstance(piece, str) or piece.name in SAID


def _say(where: Where, pieces: Sequence[str | Element], then: Ref) -> Ref:
    owner = where.owner
    prompt = where.document.said(pieces, owner)
    if not prompt:
        return then
    spoken = next((piece for piece in pieces if isinstance(piece, Element)), owner)
    place = where.document.place(spoken, owner.get("name") or owner.get("id"))
    ref = where.document.sketch.add(
        f"say_{prompt}", place, type="say", prompt=prompt, barge_in=True, next=then
    )
    where.document.sketch.note("mapped", place, ref)
    return ref


def _mapped(where: Where, element: Element, wish: str, **fields: Any) -> Ref:
    place = where.document.place(element)
    ref = where.document.sketch.add(wish, place, **fields)
    where.document.sketch.note("mapped", place, ref)
    return ref


def _set(where: Where, element: Element, then: Ref) -> Ref:
    if not element.get("expr"):
        where.document.sketch.variable(element.get("name"))
        return then
    name = where.document.sketch.variable(element.get("name"))
    value = where.document.value(element, element.get("expr"))
    return _mapped(where, element, f"set_{name}", type="set", vars={name: value}, next=then)


def _clear(where: Where, element: Element, then: Ref) -> Ref:
    names = [where.document.sketch.variable(name) for name in element.get("namelist").split()]
    if not names:
        return where.again
    return _mapped(where, element, "clear", type="set", vars=dict.fromkeys(names, ""), next=where.again)


def _goto(where: Where, element: Element, then: Ref) -> Ref:
    if (item := element.get("nextitem")) in where.items:
        return where.items[item]
    return where.document.target(element, element.get("next"))


def _stop(where: Where, element: Element, then: Ref) -> Ref:
    return where.document.sketch.end()


def _again(where: Where, element: Element, then: Ref) -> Ref:
    return where.again


def _if(where: Where, element: Element, then: Ref) -> Ref:
    """`<if>` with its `<elseif/>` and `<else/>`, which stand between the parts they part."""
    parts: list[tuple[Element | None, list[str | Element]]] = [(element, [])]
    for piece in element.pieces:
        if isinstance(piece, Element) and piece.name in ("elseif", "else"):
            parts.append((piece if piece.name == "elseif" else None, []))
        else:
            parts[-1][1].append(piece)
    cases, other = [], then
    for asked, content in parts:
        way = read_content(where, content, then)
        if asked is None:
            other = way
        else:
            cases.append({"when": where.document.condition(asked, asked.get("cond")), "next": way})
    return _mapped(where, element, "if", type="branch", cases=cases, else_=other)


def _data(where: Where, element: Element, then: Ref) -> Ref:
    """`<data>` of VoiceXML 2.1: asks a service. It reads XML there and JSON here."""
    document, url = where.document, urlsplit(element.get("src"))
    if url.scheme not in ("http", "https") or not url.hostname:
        return _left_out(where, element, then)
    asked = {
        name: "${" + document.cel(name) + "}"
        for name in element.get("namelist").split()
        if name.isidentifier()
    }
    body = document.sketch.variable(element.get("name") or "data", type="object", default={})
    request: dict[str, Any] = {"service": document.sketch.service(f"{url.scheme}://{url.netloc}")}
    request |= {"path": url.path or "/"} | ({"query": asked} if asked else {})
    place = document.place(element)
    ref = document.sketch.add(
        "data", place, type="http", request=request, save={body: "body"}, events={"error": then}, next=then
    )
    document.sketch.note(
        "differs", place, ref, "it read XML, here it reads JSON", "see what the service answers"
    )
    return ref


def _nothing(where: Where, element: Element, then: Ref) -> Ref:
    return then


def _left_out(where: Where, element: Element, then: Ref) -> Ref:
    place = where.document.place(element)
    ending = element.name in LEAVING
    why, todo = _WHY.get(element.name, ("it has no counterpart", "build what it did from other steps"))
    where.document.sketch.note("left_out", place, "", why, todo)
    return where.document.sketch.end() if ending else then


_READERS: Final[dict[str, Callable[[Where, Element, Ref], Ref]]] = {
    "assign": _set,
    "var": _set,
    "clear": _clear,
    "goto": _goto,
    "exit": _stop,
    "disconnect": _stop,
    "reprompt": _again,
    "if": _if,
    "data": _data,
    "log": _nothing,
    "mark": _nothing,
}
