"""A flow in the making: what every reader of another system's format adds to, and what it becomes in the end."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ivr_flows.cli_text import check_text
from ivr_flows.graph import reachable
from ivr_flows.imports.notation import block, clean, comment
from ivr_flows.imports.report import Imported, ImportRefused, Place, Remark, Verdict

MAX_STEPS: Final = 2_000
MAX_ID: Final = 48  # below the format's 63, so that a number or an ending fits behind
_REGIONS: Final = {
    "en": "US",
    "vi": "VN",
    "ko": "KR",
    "ja": "JP",
    "zh": "CN",
    "da": "DK",
    "sv": "SE",
    "cs": "CZ",
}


class Ref(str):
    """The id of a step, told apart from other words so that ways can be followed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and where it came from; `place` None: the import added it."""

    fields: Mapping[str, Any]
    place: Place | None


def identifier(wish: str, fallback: str) -> str:
    """A text as an id: small letters without accents, digits and _."""
    bare = unicodedata.normalize("NFKD", wish.replace("Đ", "D").replace("đ", "d"))
    word = re.sub(r"[^a-z0-9]+", "_", bare.encode("ascii", "ignore").decode().lower()).strip("_")[:MAX_ID]
    if not word:
        return fallback
    return word if word[0].isalpha() else f"{fallback}_{word}"


def language_of(tag: str, default: str) -> str:
    """A BCP-47 tag with its region: `en` is en-US, `fr` fr-FR; what is no tag is the default."""
    found = re.match(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?\b", tag)
    if found is None:
        return default
    language = found[1].lower()
    return f"{language}-{(found[2] or _REGIONS.get(language, language[:2])).upper()}"


def literal(text: str) -> str:
    """A text in which nothing is a hole."""
    return text.replace("${", "$${")


def quoted(text: str) -> str:
    """A text as a CEL string."""
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(slots=True)
class Sketch:
    """`system` is what the report calls the source's, `default_language` holds where the source names none."""

    system: str
    source: str
    title: str
    default_language: str
    channels: list[str] = field(default_factory=lambda: ["voice"])
    remarks: list[Remark] = field(default_factory=list)
    steps: dict[Ref, Planned] = field(default_factory=dict)
    _prompts: dict[str, tuple[str, str]] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _vars: dict[str, dict[str, Any]] = field(default_factory=dict)
    _services: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _end: Ref | None = None

    # --- steps ------------------------------------------------------------------------------------

    def reserve(self, wish: str) -> Ref:
        """An id nobody has yet. Raises ImportRefused for a source with more steps than anybody draws."""
        if len(self._taken) >= MAX_STEPS:
            raise ImportRefused(f"{self.source} has more than {MAX_STEPS} steps")
        return Ref(_unique(identifier(wish, "step"), self._taken))

    def put(self, ref: Ref, place: Place | None, **fields: Any) -> Ref:
        """Fills a reserved step; what is None is left out, and `type_` stands for type."""
        named = {name.rstrip("_"): item for name, item in fields.items() if item is not None}
        self.steps[ref] = Planned(named, place)
        return ref

    def add(self, wish: str, place: Place | None, **fields: Any) -> Ref:
        return self.put(self.reserve(wish), place, **fields)

    def end(self) -> Ref:
        """The one step that hangs up wherever the source just stops."""
        if self._end is None:
            self._end = self.add("the_end", None, type="hangup")
        return self._end

    # --- what steps name --------------------------------------------------------------------------

    def prompt(self, wish: str, text: str, language: str | None = None) -> str:
        """The id of a prompt with this text; the same text is one prompt. `text` is a template."""
        said = (clean(text) or "…", language or self.default_language)
        if said not in self._names:
            self._names[said] = _unique(identifier(wish, "prompt"), self._prompts)
            self._prompts[self._names[said]] = said
        return self._names[said]

    def recording(self, place: Place, file: str, language: str | None = None) -> str:
        """A prompt in place of a sound file, which says the words of the file's name until it is uploaded."""
        name = re.split(r"[?#]", file)[0].rstrip("/").rpartition("/")[2].rpartition(".")[0] or file
        words = re.sub(r"[^\w]+|_", " ", name.rpartition("/")[2]).strip() or "sound"
        self.note(
            "differs", place, "", f"the sound {clean(file)} is not part of the source",
            f"upload it in the editor; until then the words “{words}” are spoken",
        )  # fmt: skip
        return self.prompt(words, literal(words), language)

    def variable(self, wish: str, **more: Any) -> str:
        """Declares a variable, a text that is empty at first unless `more` says otherwise."""
        name = identifier(wish, "var")
        self._vars.setdefault(name, more or {"type": "string", "default": ""})
        return name

    def service(self, base: str) -> str:
        """The name of a service; one an address."""
        if base not in self._services:
            host = re.sub(r"^https?://", "", base).partition("/")[0].partition(":")[0]
            self._services[base] = _unique(identifier(host, "service"), set(self._services.values()))
        return self._services[base]

    def note(self, verdict: Verdict, place: Place, step: str, why: str = "", todo: str = "") -> None:
        self.remarks.append(Remark(verdict, place, step, clean(why), clean(todo)))

    # --- the flow ---------------------------------------------------------------------------------

    def finish(self, entry: Ref) -> Imported:
        """The flow as text, without what no way leads to, and without steps that only pass on."""
        entry = self._shorten(entry)
        ways = {str(ref): list(_refs(planned.fields)) for ref, planned in self.steps.items()}
        reached = reachable([entry], ways)
        gone = [ref for ref in self.steps if ref not in reached]
        self.remarks = [each for each in self.remarks if each.step not in gone]
        for ref in gone:
            place = self.steps.pop(ref).place
            if place is not None:
                self.note("left_out", place, "", "no way leads to it")
        text = "\n".join(self._lines(entry)) + "\n"
        flow_id = identifier(self.title, "imported")
        remarks = sorted(dict.fromkeys(self.remarks), key=lambda each: (each.place.line, each.place.name))
        return Imported(self.source, text, tuple(remarks), tuple(check_text(text, f"{flow_id}.yaml")))

    def _shorten(self, entry: Ref) -> Ref:
        """Takes away each goto that nobody need look at: ways lead where it led. Returns where calls enter."""
        told = {remark.place for remark in self.remarks if remark.verdict != "mapped"}
        passed = {
            ref: Ref(planned.fields["next"])
            for ref, planned in self.steps.items()
            if planned.fields["type"] == "goto" and planned.place not in told
        }

        def end_of(ref: Ref) -> Ref:
            seen: set[Ref] = set()
            while ref in passed and ref not in seen:
                seen.add(ref)
                ref = passed[ref]
            return ref

        for ref, planned in list(self.steps.items()):
            if ref in passed and end_of(ref) not in passed:
                del self.steps[ref]
            else:
                self.steps[ref] = Planned(_redirected(planned.fields, end_of), planned.place)
        self.remarks = [replace(each, step=end_of(Ref(each.step))) for each in self.remarks]
        return end_of(entry)

    def _lines(self, entry: Ref) -> Iterator[str]:
        used = set(_words(planned.fields for planned in self.steps.values()))
        languages = self._languages(used)
        head: dict[str, Any] = {
            "threadline": 1, "id": identifier(self.title, "imported"), "title": self.title, "entry": entry,
            "languages": {"default": languages[0], "supported": languages}, "channels": self.channels,
        }  # fmt: skip
        if self._vars:
            head["vars"] = self._vars
        if self._services:
            head["http"] = {name: {"base": base} for base, name in self._services.items()}
        if said := {name: text for name, text in self._prompts.items() if name in used}:
            head["prompts"] = {
                name: _prompt(*text, is_only=len(languages) == 1) for name, text in said.items()
            }
        yield comment(
            f"Made from {self.system}: {self.source}. The report of the import says what to look at."
        )
        yield from block(head)
        yield "steps:"
        for ref, planned in self.steps.items():
            yield comment(str(planned.place) if planned.place else "added by the import", 2)
            yield from block({ref: planned.fields}, 2)

    def _languages(self, used: set[str]) -> list[str]:
        spoken = {language: None for name, (_, language) in self._prompts.items() if name in used}
        return list(spoken) or [self.default_language]


def _prompt(text: str, language: str, *, is_only: bool) -> dict[str, Any]:
    return {language: text} if is_only else {"any": {"language": language, "text": text}}


def _unique(wish: str, taken: set[str] | Mapping[str, Any]) -> str:
    name, number = wish, 1
    while name in taken:
        number += 1
        name = f"{wish}_{number}"
    if isinstance(taken, set):
        taken.add(name)
    return name


def _redirected(value: Any, end_of: Callable[[Ref], Ref]) -> Any:
    if isinstance(value, Ref):
        return end_of(value)
    if isinstance(value, Mapping):
        return {key: _redirected(item, end_of) for key, item in value.items()}
    return [_redirected(item, end_of) for item in value] if isinstance(value, list) else value


def _refs(value: Any) -> Iterator[Ref]:
    return (word for word in _words([value]) if isinstance(word, Ref))


def _words(values: Iterable[Any]) -> Iterator[str]:
    """Every text below, keys included."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _words(value)
            yield from _words(value.values())
        elif isinstance(value, list):
            yield from _words(value)
