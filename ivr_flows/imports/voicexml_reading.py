"""A VoiceXML document under way: its dialogs, and what is said and asked in them.

The names of its variables are variables of the flow whatever their scope; ECMAScript is understood as far as
literals, names, comparisons and sums go.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ivr_flows.imports.conditions import Untranslatable, arithmetic, translated
from ivr_flows.imports.report import Place
from ivr_flows.imports.sketch import Ref, Sketch, identifier, language_of, literal
from ivr_flows.markup import Element

SAID: Final = frozenset({"prompt", "audio", "value", "break", "emphasis", "say-as", "enumerate", "p", "s", "prosody",
                         "voice", "phoneme", "sub", "paragraph", "sentence"})  # fmt: skip
_SCOPES: Final = re.compile(r"^(?:application|document|dialog|anonymous)\.")
_CALLER: Final = frozenset({"session.callerid", "session.connection.remote.uri", "session.telephone.ani"})
_CALLED: Final = frozenset({"session.calledid", "session.connection.local.uri", "session.telephone.dnis"})
DURATION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?m?s")


class Document:
    """`scopes` of an element are itself, its dialog and the document, the innermost first."""

    def __init__(self, sketch: Sketch, root: Element) -> None:
        self.sketch = sketch
        self.root = root
        self.dialogs = {
            each.get("id") or f"{each.name}_{each.line}": each for each in root.all("menu", "form")
        }
        self._refs: dict[str, Ref] = {}
        self._waiting: list[str] = []

    def place(self, element: Element, name: str = "") -> Place:
        named = name or element.get("id") or element.get("name")
        tag = f"<{element.name}>"
        return Place(element.line, named, tag) if named else Place(element.line, tag, "")

    def dialog(self, name: str) -> Ref:
        """The first step of a dialog, which is read in its turn."""
        if name not in self._refs:
            self._refs[name] = self.sketch.reserve(name)
            self._waiting.append(name)
        return self._refs[name]

    def pending(self) -> str | None:
        """The next dialog that a way leads to and nobody has read."""
        return self._waiting.pop(0) if self._waiting else None

    def unread(self) -> list[Element]:
        return [element for name, element in self.dialogs.items() if name not in self._refs]

    def target(self, element: Element, address: str) -> Ref:
        """Where `next` leads; a document of its own is not part of this one."""
        name = address.removeprefix("#")
        if name in self.dialogs and (address.startswith("#") or address == name):
            return self.dialog(name)
        self.sketch.note(
            "left_out", self.place(element), "", f"it leads to {address or 'what a script says'}, which is not part of "
            "the source; the call ends there", "import that document, too, and join the two",
        )  # fmt: skip
        return self.sketch.end()

    # --- values -----------------------------------------------------------------------------------

    def cel(self, name: str) -> str:
        """A name as CEL. Raises Untranslatable."""
        bare = _SCOPES.sub("", name)
        if bare in _CALLER:
            return "call.from"
        if bare in _CALLED:
            return "call.to"
        if not re.fullmatch(r"[A-Za-z_]\w*", bare):
            raise Untranslatable(f"{name} has no counterpart")
        return f"vars.{self.sketch.variable(bare)}"

    def value(self, element: Element, expression: str) -> str:
        """An expression as a template; empty, and told, for one without a counterpart."""
        text = expression.strip()
        if found := re.fullmatch(r"'([^']*)'|\"([^\"]*)\"|(-?[0-9.]+|true|false)", text):
            return literal(next(group for group in found.groups() if group is not None))
        try:
            is_name = re.fullmatch(r"[\w.$]+", text)
            return "${" + (self.cel(text) if is_name else arithmetic(text, self.cel)) + "}"
        except Untranslatable as exc:
            self.sketch.note(
                "differs", self.place(element), "", f"{text}: {exc}; it is empty now", "set it by hand"
            )
            return ""

    def condition(self, element: Element, expression: str) -> str:
        """A condition in CEL; one without a counterpart never holds, and is told."""
        try:
            return translated(expression, self.cel)
        except Untranslatable as exc:
            self.sketch.note(
                "differs", self.place(element), "", f"the condition {expression}: {exc}; it never holds now",
                "write it in CEL",
            )  # fmt: skip
            return "false"

    # --- what is said -----------------------------------------------------------------------------

    def prompts(self, element: Element) -> list[str]:
        """The prompts of a question, the first try's first."""
        asked = sorted(element.all("prompt"), key=lambda each: int(each.get("count", "1").strip() or 1)
                       if each.get("count", "1").strip().isdigit() else 1)  # fmt: skip
        loose = [
            piece
            for piece in element.pieces
            if isinstance(piece, Element) and piece.name in ("audio", "value")
        ]
        said = [self.said([each], element) for each in asked] or [self.said(loose, element)]
        return [prompt for prompt in said if prompt]

    def said(self, pieces: Sequence[str | Element], owner: Element) -> str:
        """The prompt of a stretch of a document; empty where nothing is said."""
        text = " ".join("".join(self._words(pieces, owner)).split())
        text = re.sub(r" +([.,;:!?])", r"\1", text)
        tags = [piece.get("lang") for piece in pieces if isinstance(piece, Element) and piece.get("lang")]
        language = language_of(tags[0], self.sketch.default_language) if tags else None
        name = self.place(owner).name
        return self.sketch.prompt(name, text, language) if text else ""

    def _words(self, pieces: Sequence[str | Element], owner: Element) -> Iterator[str]:
        for piece in pieces:
            if isinstance(piece, str):
                yield literal(piece)
            elif piece.name == "value":
                yield f" {self.value(piece, piece.get('expr'))} "
            elif piece.name == "audio":
                yield f" {self._audio(piece, owner)} "
            elif piece.name == "enumerate":
                yield ", ".join(choice.words for choice in owner.all("choice", "option")) + "."
            else:
                yield from self._words(piece.pieces, owner)

    def _audio(self, element: Element, owner: Element) -> str:
        file = element.get("src") or element.get("expr") or "sound"
        own = "".join(self._words(element.pieces, owner)).strip()
        words = own or re.sub(r"[^\w]+|_", " ", file.rpartition("/")[2].rpartition(".")[0] or file).strip()
        self.sketch.note(
            "differs", self.place(element, file), "", "the sound is not part of the source",
            f"upload it in the editor; until then “{words}” is spoken",
        )  # fmt: skip
        return words

    def seconds(self, scopes: Sequence[Element], name: str, default: str) -> str:
        """A time of the innermost `<property>` of this name."""
        found = (each.get("value").strip() for scope in scopes for each in scope.all("property")
                 if each.get("name") == name)  # fmt: skip
        return next((value for value in found if DURATION.fullmatch(value)), default)

    def name_of(self, element: Element) -> str:
        """The variable of a form item."""
        return self.sketch.variable(element.get("name") or f"{element.name}_{element.line}")

    def module(self, element: Element) -> str:
        return identifier(element.get("src").rpartition("/")[2].partition(".")[0], "module")
