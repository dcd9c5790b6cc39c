"""VoiceXML 2.0 and 2.1: the menus and forms of one document.

A form's items follow one another as they stand; the form algorithm's other orders (mixed initiative) are told.
"""

from ivr_flows.imports.report import Imported, ImportRefused
from ivr_flows.imports.sketch import Ref, Sketch, language_of
from ivr_flows.imports.voicexml_content import Where, read_content
from ivr_flows.imports.voicexml_items import ITEMS, read_menu
from ivr_flows.imports.voicexml_reading import Document
from ivr_flows.markup import Element, MarkupRefused, read_xml

_READ_ELSEWHERE = frozenset(
    {"menu", "form", "var", "property", "meta", "metadata", "noinput", "nomatch", "help"}
)


def import_voicexml(text: str, source: str, title: str, language: str) -> Imported:
    """Raises ImportRefused."""
    try:
        root = read_xml(text)
    except MarkupRefused as exc:
        raise ImportRefused(str(exc)) from exc
    if root.name != "vxml":
        raise ImportRefused(f"{source} is <{root.name}>, no <vxml>")
    sketch = Sketch("a VoiceXML document", source, title, language_of(root.get("lang"), language))
    document = Document(sketch, root)
    if not document.dialogs:
        raise ImportRefused(f"{source} has neither a menu nor a form")
    _head(document)
    entry = _with_variables(document, document.dialog(next(iter(document.dialogs))))
    while (name := document.pending()) is not None:
        _dialog(document, name, document.dialogs[name])
    for unread in document.unread():
        sketch.note("left_out", document.place(unread), "", "no way leads to it")
    return sketch.finish(entry)


def _head(document: Document) -> None:
    for element in document.root.children:
        if element.name not in _READ_ELSEWHERE:
            document.sketch.note(
                "left_out", document.place(element), "", "it holds for the whole document",
                "see the flow's own events: error, limit, hangup and key:",
            )  # fmt: skip


def _with_variables(document: Document, entry: Ref) -> Ref:
    """The document's variables are set before its first dialog."""
    return read_content(Where(document, document.root, {}, entry), document.root.all("var"), entry)


def _dialog(document: Document, name: str, dialog: Element) -> None:
    ref = document.dialog(name)
    if dialog.name == "menu":
        read_menu(Where(document, dialog, {}, ref), ref, dialog, (dialog, document.root))
        return
    items = [child for child in dialog.children if child.name in ITEMS]
    if not items:
        _empty(document, ref, dialog)
        return
    refs = [ref, *(document.sketch.reserve(item.get("name") or f"{name}_{item.name}") for item in items[1:])]
    named = {item.get("name"): at for item, at in zip(items, refs, strict=True) if item.get("name")}
    then = document.sketch.end()
    for filled in reversed(dialog.all("filled")):
        then = read_content(Where(document, dialog, named, ref), filled.pieces, then)
    for item, at in reversed(list(zip(items, refs, strict=True))):
        _item(Where(document, item, named, at), at, item, dialog, then)
        then = at
    _told(document, dialog)


def _item(where: Where, ref: Ref, item: Element, dialog: Element, then: Ref) -> None:
    """An item with a condition is passed by while that is false."""
    document, at = where.document, ref
    if condition := item.get("cond"):
        at = document.sketch.reserve(f"{ref}_item")
        cases = [{"when": document.condition(item, condition), "next": at}]
        document.sketch.put(ref, document.place(item), type="branch", cases=cases, else_=then)
    ITEMS[item.name](where, at, item, (item, dialog, document.root), then)


def _empty(document: Document, ref: Ref, dialog: Element) -> None:
    document.sketch.put(ref, document.place(dialog), type="goto", next=document.sketch.end())
    document.sketch.note(
        "left_out", document.place(dialog), ref, "the form has no items; the call ends there"
    )


def _told(document: Document, dialog: Element) -> None:
    for child in dialog.all("grammar", "link", "script", "catch", "error"):
        why = "it holds for the whole form, whose items are asked one after the other here"
        document.sketch.note("left_out", document.place(child), "", why, "build what it did from other steps")
