"""From text to a Flow: the notation, then the form of every key. Every fault is found in one reading."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from ivr_flows.faults import described
from ivr_flows.findings import Finding, FlowRejected, in_order
from ivr_flows.model import Flow, Head
from ivr_flows.nodes.base import Step
from ivr_flows.nodes.registry import KINDS
from ivr_flows.source import Node, Path, read
from ivr_flows.upgrade import VERSION, upgraded
from ivr_flows.wording import NOTHING, Said, said
from ivr_flows.words import StepRef

_TYPES: Final = said("step.types", types=", ".join(KINDS))
STRUCTURAL: Final = frozenset({"type", "next", "when", "label", "thread", "written", "events"})


def parse_flow(text: str, name: str) -> Flow:
    """The flow in `text`; `name` is what messages call it. Raises FlowRejected with every error found."""
    return flow_of(read(text), name)


def flow_of(source: Node, name: str) -> Flow:
    """The flow whose text was read as `source`, which becomes the flow's: its steps have their defaults from then on."""
    source = upgraded(source)
    _known_version(source)
    reader = _Reader(source)
    head = reader.head()
    steps = reader.steps()
    if reader.findings or head is None:
        raise FlowRejected(in_order(reader.findings))
    return Flow(name, head, steps, reader.source)


def _known_version(source: Node) -> None:
    assert isinstance(source.value, dict)
    written = source.value.get("threadline")
    if written is not None and written.value == VERSION and not isinstance(written.value, bool):
        return
    mark = source.at(("threadline",))
    shown = (
        said("version.missing") if written is None else said("version.unknown", version=written.raw or "?")
    )
    hint = said("version.hint", version=VERSION)
    raise FlowRejected([Finding("error", mark.line, mark.column, None, shown, hint)])


class _Reader:
    """Reads each section by its shape and gathers what is wrong."""

    def __init__(self, source: Node) -> None:
        self.findings: list[Finding] = []
        self.source = source
        assert isinstance(source.value, dict)
        self._sections = source.value
        self._defaults = _mapping(self._sections.get("defaults"))

    def find(self, path: Path, message: Said, hint: Said = NOTHING) -> None:
        mark = self.source.at(path)
        step = str(path[1]) if path[:1] == ("steps",) and len(path) > 1 else None
        self.findings.append(Finding("error", mark.line, mark.column, step, message, hint))

    def head(self) -> Head | None:
        plain = {key: node.plain() for key, node in self._sections.items() if key != "steps"}
        if isinstance(plain.get("defaults"), dict):
            plain["defaults"] = {key: item for key, item in plain["defaults"].items() if key not in KINDS}
        made: Head | None = self._shape(Head, plain, ())
        self._check_defaults()
        if made is not None and made.params:
            made = made.model_copy(update={"vars": {**made.vars, **made.params}})
        return made

    def _shape(self, shape: type[Any], plain: object, path: Path) -> Any:
        try:
            return shape.model_validate(plain)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = (*path, *detail["loc"])
                written = self.source.under(where)
                if detail["type"] == "too_short" and written.value:
                    continue  # its entries were refused one by one
                message, hint = described(shape, detail, self.source.key_at(where), written.raw)
                self.find(where, message, hint)
            return None

    def _check_defaults(self) -> None:
        for kind, node in self._defaults.items():
            if kind not in KINDS:
                continue
            allowed = set(KINDS[kind].model_fields) - STRUCTURAL
            for key in set(_mapping(node)) - allowed:
                self.find(
                    ("defaults", kind, key),
                    said("defaults.key", key=key, kind=kind),
                    said("defaults.key.hint", kind=kind, keys=", ".join(sorted(allowed))),
                )

    def steps(self) -> Mapping[str, Step]:
        written = self._sections.get("steps")
        if written is None or not _mapping(written):
            self.find(("steps",), said("steps.none"), said("steps.none.hint"))
            return {}
        found: dict[str, Step] = {}
        steps = _mapping(written)
        for name, node in steps.items():
            self._step_id(name)
            kind = self._kind(name, node)
            if kind is not None:
                steps[name] = self._with_defaults(kind, node)
                found[name] = self._shape(KINDS[kind], steps[name].plain(), ("steps", name))
        return found

    def _step_id(self, name: str) -> None:
        try:
            StepRef.read(name)
        except ValueError:
            self.find(
                ("steps", name), said("step.id", name=repr(name)), said("step.id.hint", form=StepRef.FORM)
            )

    def _kind(self, name: str, node: Node) -> str | None:
        kind = _mapping(node).get("type")
        if not isinstance(node.value, dict):
            self.find(("steps", name), said("step.mapping"), said("step.mapping.hint"))
        elif kind is None:
            self.find(("steps", name), said("step.no_type"), _TYPES)
        elif not isinstance(kind.value, str) or kind.value not in KINDS:
            self.find(("steps", name, "type"), said("step.type", type=kind.raw or str(kind.value)), _TYPES)
        else:
            return kind.value
        return None

    def _with_defaults(self, kind: str, node: Node) -> Node:
        """The step with the defaults of its kind, which keep their own places in the text."""
        fields = KINDS[kind].model_fields
        given, keys = {}, {}
        for section in ("prompt", kind):
            defaults = self._defaults.get(section)
            for key, item in _mapping(defaults).items():
                if defaults is not None and key in fields and key not in STRUCTURAL:
                    given[key], keys[key] = item, defaults.keys[key]
        return Node(node.mark, {**given, **_mapping(node)}, keys={**keys, **node.keys})


def _mapping(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}
