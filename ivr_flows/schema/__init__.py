"""The JSON Schema of the format, generated from the steps' own definitions.

`python -m ivr_flows.schema` writes flow.schema.json beside this file; a test keeps it current. Editors
use it for completion; the server's own check says more (names, languages, circles).
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from ivr_flows.model import Defaults, Head
from ivr_flows.nodes.registry import KINDS
from ivr_flows.parse import STRUCTURAL

FILE: Final = Path(__file__).with_name("flow.schema.json")


def flow_schema() -> dict[str, Any]:
    """The schema as JSON data."""
    definitions: dict[str, Any] = {}
    schema = _defined(Head, definitions)
    steps = {kind: _defined(step, definitions) for kind, step in KINDS.items()}
    definitions |= {f"step_{kind}": step for kind, step in steps.items()}
    schema["properties"]["steps"] = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "additionalProperties": {"$ref": "#/$defs/step"},
    }
    schema["required"] = [*schema["required"], "steps"]
    definitions["step"] = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(KINDS)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/step_{kind}"},
            }
            for kind in KINDS
        ],
    }
    defaults = _defined(Defaults, definitions)
    defaults["properties"] |= {kind: _defaults_of(step) for kind, step in steps.items()}
    schema["properties"]["defaults"] = defaults
    title = "A Threadline flow"
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions}
    return {**_tidied(root), "title": title}


def _defined(shape: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(shape).json_schema(ref_template="#/$defs/{model}")
    definitions |= schema.pop("$defs", {})
    return schema


def _tidied(schema: Any) -> Any:
    """Without generated titles, and without defaults in another unit than the author writes."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = dict(schema)
    kept.pop("title", None)
    if isinstance(kept.get("pattern"), str):
        kept["pattern"] = _portable(kept["pattern"])
    if isinstance(kept.get("default"), float | dict):
        del kept["default"]
    return {key: _tidied_named(key, item) for key, item in kept.items()}


def _tidied_named(key: str, item: Any) -> Any:
    if key in ("properties", "$defs"):
        return {name: _tidied(one) for name, one in item.items()}
    if key == "patternProperties":
        return {_portable(name): _tidied(one) for name, one in item.items()}
    return _tidied(item)


def _portable(pattern: str) -> str:
    """A pattern as ECMA 262 has it, which JSON Schema asks for."""
    return pattern.replace("\\Z", "$")


def _defaults_of(step: dict[str, Any]) -> dict[str, Any]:
    properties = {name: item for name, item in step["properties"].items() if name not in STRUCTURAL}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def written() -> str:
    """The file's text."""
    return json.dumps(flow_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
