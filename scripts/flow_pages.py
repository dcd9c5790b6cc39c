"""Writes docs/flows/: a page for each kind of step, from its own definition; a test keeps them current."""

import inspect
import sys
from pathlib import Path
from typing import Any, Final

from ivr_flows.nodes.base import Step
from ivr_flows.nodes.registry import KINDS
from ivr_flows.schema import flow_schema

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "flows"
COMMON: Final = ("type", "next", "when", "label", "log", "thread", "written", "events")
INDEX: Final = "README.md"
WRITTEN: Final = {"same": "the same", "substitute": "a substitute", "none": "not possible"}


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    schema = flow_schema()
    made = {f"{kind}.md": _page(kind, step, schema) for kind, step in KINDS.items()}
    return {INDEX: _index(), **made}


def _index() -> str:
    lines = [
        "# Steps of a flow",
        "",
        "One page a kind, written by `make docs` from the same definitions that the server reads flows by.",
        "What all steps share stands in [the guide](../flows.md).",
        "",
        "| step | what it does | in a chat or a message |",
        "|---|---|---|",
    ]
    lines += [
        f"| [{kind}]({kind}.md) | {_summary(step)} | {_written(step)} |" for kind, step in KINDS.items()
    ]
    return "\n".join(lines) + "\n"


def _summary(step: type[Step]) -> str:
    text = sys.modules[step.__module__].__doc__ or ""
    return text.strip().splitlines()[0].partition(": ")[2].rstrip(".")


def _written(step: type[Step]) -> str:
    if step.WRITTEN_AS:
        return step.WRITTEN_AS
    return "not possible: `written` names another step" if step.ON_WRITTEN == "none" else "the same"


def _page(kind: str, step: type[Step], schema: dict[str, Any]) -> str:
    shape = schema["$defs"][f"step_{kind}"]
    rows = [_row(name, shape, schema) for name in shape["properties"] if name not in COMMON]
    needed = [name for name in shape.get("required", []) if name in ("next", "events")]
    lines = [f"# {kind}", "", inspect.cleandoc(step.__doc__ or ""), ""]
    lines += ["```yaml", step.EXAMPLE.rstrip(), "```", ""]
    if rows:
        lines += ["| key | form | needed |", "|---|---|---|", *rows, ""]
    if needed:
        lines += [f"Needed too: {', '.join(f'`{name}`' for name in needed)}.", ""]
    return "\n".join([*lines, f"In a chat or a message: {_written(step)}."]) + "\n"


def _row(name: str, shape: dict[str, Any], schema: dict[str, Any]) -> str:
    form = _form(shape["properties"][name], schema)
    default = shape["properties"][name].get("default")
    shown = f" (`{default}`)" if isinstance(default, str | int | bool) and default != "" else ""
    is_needed = "yes" if name in shape.get("required", []) else ""
    return f"| `{name}` | {form}{shown} | {is_needed} |"


def _form(field: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> str:
    """A field's form in a few words."""
    if "$ref" in field:
        target = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return _form(target, schema, depth + 1) if depth < 4 else "a mapping"
    if "enum" in field or "const" in field:
        return " or ".join(f"`{each}`" for each in field.get("enum", [field.get("const")]))
    if "anyOf" in field:
        parts = [_form(part, schema, depth + 1) for part in field["anyOf"]]
        return " or ".join(dict.fromkeys(part for part in parts if part != "nothing"))
    if field.get("type") == "object" and "properties" in field:
        return f"{{{', '.join(field['properties'])}}}"
    return _plain(field, schema, depth)


def _plain(field: dict[str, Any], schema: dict[str, Any], depth: int) -> str:
    kind = field.get("type")
    if kind == "array":
        items = field.get("items") or {}
        return f"list of {_form(items, schema, depth + 1)}" if items and depth < 4 else "list"
    if kind == "null":
        return "nothing"
    if kind == "object":
        inner = next(iter((field.get("patternProperties") or {}).values()), field.get("additionalProperties"))
        return (
            f"names, each with {_form(inner, schema, depth + 1)}"
            if isinstance(inner, dict) and inner and depth < 4
            else "a mapping"
        )
    words = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return str(field.get("description") or words.get(str(kind), "any value")).replace("|", "\\|")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for left in FOLDER.glob("*.md"):
        if left.name not in wanted:
            left.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
