"""Menus and form items of VoiceXML 2.1 as steps."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ivr_flows.imports.sketch import Ref, identifier, literal
from ivr_flows.imports.voicexml_content import Where, leaves, read_content
from ivr_flows.imports.voicexml_reading import DURATION
from ivr_flows.markup import Element

KEYS: Final = "123456789"
_TRANSFER_ENDS: Final = {
    "done": "far_end_disconnect",
    "busy": "busy",
    "no_answer": "noanswer",
    "failed": "unknown",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One answer: its key, what may be said, what it means, where it leads."""

    key: str
    phrase: str
    value: str
    next: Ref


def read_menu(where: Where, ref: Ref, menu: Element, scopes: Sequence[Element]) -> None:
    """`<menu>`: choices by key and by their words."""
    free = iter(KEYS)
    ways: list[Way] = []
    for choice in menu.all("choice"):
        key = choice.get("dtmf").strip() or (next(free, "") if menu.get("dtmf") == "true" else "")
        target = where.document.target(choice, choice.get("next"))
        ways.append(Way(key or next(free, ""), choice.words, "", target))
    _put_menu(where, ref, menu, scopes, ways, None)


def read_field(where: Where, ref: Ref, field: Element, scopes: Sequence[Element], then: Ref) -> None:
    """`<field>`: digits, yes or no, options, or words."""
    filled = _filled(where, field, then)
    kind = field.get("type") or next((each.get("src") for each in field.all("grammar")), "")
    options = _options(field)
    if "boolean" in kind:
        _put_menu(
            where,
            ref,
            field,
            scopes,
            [Way("1", "yes", "true", filled), Way("2", "no", "false", filled)],
            field,
        )
    elif options:
        ways = [Way(key, phrase, value, filled) for key, phrase, value in options]
        _put_menu(where, ref, field, scopes, ways, field)
    elif re.search(r"digits|number|phone|currency|date|time", kind):
        _put_collect(where, ref, field, scopes, kind, filled)
    else:
        _put_ask(where, ref, field, scopes, filled)


def _filled(where: Where, item: Element, then: Ref) -> Ref:
    for filled in reversed(item.all("filled")):
        then = read_content(where, filled.pieces, then)
    return then


def _options(field: Element) -> list[tuple[str, str, str]]:
    """(key, phrase, value) of `<option>`s, else of a grammar written in place."""
    found = [
        (each.get("dtmf").strip(), each.words, each.get("value") or each.words)
        for each in field.all("option")
    ]
    for grammar in field.all("grammar") if not found else ():
        is_keys = grammar.get("mode") == "dtmf"
        for item in grammar.deep("item"):
            tag = item.first("tag")
            meaning = re.sub(r"^out\s*=\s*|['\";]", "", tag.words).strip() if tag else ""
            words = " ".join(piece for piece in item.pieces if isinstance(piece, str)).split()
            said = " ".join(words)
            if is_keys and len(said) != 1:
                return []
            found.append((said, meaning or said, meaning or said) if is_keys else ("", said, meaning or said))
    free = iter(key for key in KEYS if key not in {key for key, _, _ in found})
    return [(key or next(free, ""), phrase, value) for key, phrase, value in found]


def _put_menu(
    where: Where,
    ref: Ref,
    element: Element,
    scopes: Sequence[Element],
    ways: Sequence[Way],
    field: Element | None,
) -> None:
    sketch, place = where.document.sketch, where.document.place(element)
    set_by = None if field is None else where.document.name_of(field)
    choices: dict[str, Any] = {}
    grammar: dict[str, list[str]] = {}
    for way in ways:
        if len(way.key) != 1 or way.key not in "0123456789*#":
            sketch.note(
                "left_out", place, ref, f"the choice {way.phrase or way.key} has no single key", "give it one"
            )
            continue
        choice: dict[str, Any] = {"next": way.next}
        if way.phrase and way.phrase != way.key:
            name = identifier(way.phrase, "way")
            grammar[name] = [way.phrase.lower()]
            choice |= {"say": name, "label": {"any": literal(way.phrase)}}
        if set_by is not None:
            choice["set"] = {set_by: literal(way.value)}
        choices[way.key] = choice
    common = _question(where, ref, element, scopes)
    if choices:
        spoken = (
            {"input": ["dtmf", "speech"], "grammar": {sketch.default_language: grammar}} if grammar else {}
        )
        sketch.put(ref, place, type="menu", choices=choices, **spoken, **common)
    else:
        sketch.put(ref, place, type="goto", next=common["on_fail"])
    sketch.note("mapped", place, ref)


def _question(where: Where, ref: Ref, element: Element, scopes: Sequence[Element]) -> dict[str, Any]:
    """What every question has: its prompts, its retries, its way out."""
    document = where.document
    prompts = document.prompts(element) or [document.sketch.prompt(document.place(element).name, "…")]
    timeouts = (each.get("timeout") for each in element.all("prompt"))
    timeout = next((each for each in timeouts if DURATION.fullmatch(each)), "")
    fields: dict[str, Any] = {
        "prompt": prompts if len(prompts) > 1 else prompts[0],
        "timeout": timeout or document.seconds(scopes, "timeout", "5s"),
    }
    tries, way_out = 3, None
    for kind, name in (("nomatch", "no_match"), ("noinput", "no_input")):
        said, count, leaving = _misses(where, element, scopes, kind)
        fields |= {name: said} if said else {}
        if leaving is not None:
            tries, way_out = (count, leaving) if way_out is None else (min(tries, count), way_out)
    if way_out is None:
        why = "it asked for ever; now three times, and then the call ends"
        document.sketch.note("differs", document.place(element), ref, why, "let on_fail lead to a person")
    return fields | {"tries": max(1, min(tries, 10)), "on_fail": way_out or document.sketch.end()}


def _misses(
    where: Where, element: Element, scopes: Sequence[Element], kind: str
) -> tuple[list[str], int, Ref | None]:
    """(what is said, after how many it leaves, where to) of the innermost handlers of a kind."""
    handlers = next((found for scope in scopes if (found := scope.all(kind))), [])
    said: list[str] = []
    for handler in sorted(handlers, key=_count):
        if leaves(handler):
            way = read_content(where, handler.pieces, where.document.sketch.end())
            return said, _count(handler), way
        said += where.document.prompts(handler) or _plain(where, handler)
    return said, 3, None


def _plain(where: Where, handler: Element) -> list[str]:
    said = where.document.said([piece for piece in handler.pieces if isinstance(piece, str)], handler)
    return [said] if said else []


def _count(handler: Element) -> int:
    count = handler.get("count", "1").strip()
    return int(count) if count.isdigit() and len(count) < 4 else 1


def _put_collect(
    where: Where, ref: Ref, field: Element, scopes: Sequence[Element], kind: str, filled: Ref
) -> None:
    document = where.document
    sizes = dict(re.findall(r"(length|minlength|maxlength)=(\d{1,2})", kind))
    low, high = sizes.get("minlength", sizes.get("length")), sizes.get("maxlength", sizes.get("length"))
    digits = {name: max(1, min(int(size), 64)) for name, size in (("min", low), ("max", high)) if size}
    common = _question(where, ref, field, scopes)
    wait = common.pop("timeout")
    end_key = next((each.get("value") for scope in scopes for each in scope.all("property")
                    if each.get("name") == "termchar" and len(each.get("value")) == 1), None)  # fmt: skip
    document.sketch.put(
        ref, document.place(field), type="collect", var=document.name_of(field), digits=digits or None,
        first_digit_timeout=wait, inter_digit_timeout=document.seconds(scopes, "interdigittimeout", "3s"),
        end_key=end_key, next=filled, **common,
    )  # fmt: skip
    document.sketch.note("mapped", document.place(field), ref)


def _put_ask(where: Where, ref: Ref, field: Element, scopes: Sequence[Element], filled: Ref) -> None:
    document = where.document
    document.sketch.put(
        ref, document.place(field), type="ask", var=document.name_of(field), next=filled,
        **_question(where, ref, field, scopes),
    )  # fmt: skip
    document.sketch.note(
        "differs", document.place(field), ref, "its grammar is not part of the source: anything said is taken",
        "make it a menu with a grammar, or check the answer in a branch",
    )  # fmt: skip


def read_record(where: Where, ref: Ref, item: Element, scopes: Sequence[Element], then: Ref) -> None:
    document = where.document
    prompts = document.prompts(item)
    longest, silence = item.get("maxtime"), item.get("finalsilence")
    document.sketch.put(
        ref, document.place(item), type="record", prompt=prompts or None, var=document.name_of(item),
        max=longest if DURATION.fullmatch(longest) else None, silence=silence if DURATION.fullmatch(silence) else None,
        beep=item.get("beep") == "true", next=_filled(where, item, then),
    )  # fmt: skip
    document.sketch.note("mapped", document.place(item), ref)


def read_transfer(where: Where, ref: Ref, item: Element, scopes: Sequence[Element], then: Ref) -> None:
    document, filled = where.document, _filled(where, item, then)
    to = re.sub(r"^tel:", "", item.get("dest")) or document.value(item, item.get("destexpr")) or "sip:unknown"
    is_bridge = item.get("bridge") == "true" or item.get("type") in ("bridge", "consultation")
    result = document.name_of(item)
    events = {name: {"next": filled, "set": {result: value}} for name, value in _TRANSFER_ENDS.items()}
    ring, limit = item.get("connecttimeout"), item.get("maxtime")
    document.sketch.put(
        ref, document.place(item), type="transfer", to=re.sub(r"[\s;].*$", "", to) if "${" not in to else to,
        mode="bridge" if is_bridge else "blind", ring=ring if DURATION.fullmatch(ring) else None,
        time_limit=limit if DURATION.fullmatch(limit) and limit != "0s" else None, events=events,
    )  # fmt: skip
    if item.get("type") == "consultation":
        why = "the caller is connected as the other side answers, without the consultation before"
        document.sketch.note("differs", document.place(item), ref, why, "see mode: of transfer")
    document.sketch.note("mapped", document.place(item), ref)


def read_subdialog(where: Where, ref: Ref, item: Element, scopes: Sequence[Element], then: Ref) -> None:
    document, filled = where.document, _filled(where, item, then)
    module = document.module(item)
    given = {
        identifier(each.get("name"), "param"): document.value(each, each.get("expr"))
        for each in item.all("param")
    }
    document.sketch.put(
        ref, document.place(item), type="call", module=module, with_=given or None, next=filled
    )
    document.sketch.note(
        "differs", document.place(item), ref, f"{item.get('src')} is a flow of its own here",
        f"import it and save it as the module {module} with these params and what it returns",
    )  # fmt: skip


def read_block(where: Where, ref: Ref, item: Element, scopes: Sequence[Element], then: Ref) -> None:
    following = read_content(where, item.pieces, then)
    where.document.sketch.put(ref, where.document.place(item), type="goto", next=following)
    where.document.sketch.note("mapped", where.document.place(item), ref)


def read_unknown(where: Where, ref: Ref, item: Element, scopes: Sequence[Element], then: Ref) -> None:
    where.document.sketch.put(ref, where.document.place(item), type="goto", next=then)
    why = "it has no counterpart; calls pass it by"
    where.document.sketch.note(
        "left_out", where.document.place(item), ref, why, "build what it did from other steps"
    )


ITEMS: Final[dict[str, Callable[[Where, Ref, Element, Sequence[Element], Ref], None]]] = {
    "field": read_field,
    "record": read_record,
    "transfer": read_transfer,
    "subdialog": read_subdialog,
    "block": read_block,
    "object": read_unknown,
    "initial": read_unknown,
}
