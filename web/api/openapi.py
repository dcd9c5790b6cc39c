"""OpenAPI 3.1 out of the declared endpoints and their pydantic models. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.endpoint import Endpoint
from web.api.models import ErrorReply
from web.auth import CSRF_HEADER, PUBLIC, SAFE_METHODS

REF: Final = "#/components/schemas/{model}"
COMMON_ERRORS: Final = {
    "400": "The body is no JSON object",
    "401": "Not signed in",
    "403": "The role, the person or the CSRF token does not allow it",
    "404": "No such thing",
    "409": "Not now: the state does not allow it",
    "422": "A field can't be used; `field` names it",
}


@lru_cache(maxsize=1)
def describe(endpoints: tuple[Endpoint, ...], version: str) -> dict[str, Any]:
    """The whole document, made once and not to be changed. Every endpoint is in it: nothing is listed by hand."""
    paths: dict[str, dict[str, Any]] = {}
    for point in endpoints:
        paths.setdefault(point.path, {})[point.method.lower()] = _operation(point)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Threadline",
            "version": version,
            "description": "One thread per customer, calls included.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(endpoints),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "From `threadline token create`.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "threadline"},
            },
        },
    }


def _operation(point: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": point.handler.__name__,
        "summary": point.summary,
        "tags": [point.handler.__module__.rpartition(".")[2]],
        "parameters": [*_path_parameters(point), *_query_parameters(point), *_csrf_parameter(point)],
        "responses": _responses(point),
        "x-roles": sorted(point.roles) or ["anyone"],
        "security": [] if point.roles == PUBLIC else [{"token": []}, {"session": []}],
    }
    if point.body:
        operation["requestBody"] = {"required": True, "content": _content(point.body)}
    return operation


def _responses(point: Endpoint) -> dict[str, Any]:
    content = _content(point.reply) if point.reply else {point.produces: {"schema": {}}}
    success: dict[str, Any] = {"description": "Done", "content": content}
    errors = {
        code: {"description": text, "content": _content(ErrorReply)}
        for code, text in COMMON_ERRORS.items()
        if not (point.roles == PUBLIC and code in ("403", "404", "409"))
    }
    return {str(point.status): success, **errors}


def _path_parameters(point: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", **({"format": "uuid"} if name == "id" else {})},
        }
        for name in re.findall(r"{(\w+)}", point.path)
    ]


def _query_parameters(point: Endpoint) -> list[dict[str, Any]]:
    if point.query is None:
        return []
    schema = point.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": facts}
        for name, facts in schema["properties"].items()
    ]


def _csrf_parameter(point: Endpoint) -> list[dict[str, Any]]:
    if point.roles == PUBLIC or point.method in SAFE_METHODS:
        return []
    return [
        {
            "name": CSRF_HEADER,
            "in": "header",
            "required": False,
            "description": "Needed with the session cookie, not with a bearer token.",
            "schema": {"type": "string"},
        }
    ]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}}


def _schemas(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {ErrorReply}
    for point in endpoints:
        models |= {model for model in (point.body, point.reply) if model}
    named = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in named], ref_template=REF)
    return dict(schema["$defs"])
