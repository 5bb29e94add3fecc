"""The OpenAPI 3.1 document, written from the operations' own declarations."""

from __future__ import annotations

import functools
import re
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from starlette.responses import Response

from tagma import __version__
from tagma.http.op import LARGEST_ID, Operation, RawJson, is_model

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS = {
    "int": {"type": "integer", "minimum": 0, "maximum": LARGEST_ID},
    "float": {"type": "number"},
    None: {"type": "string"},
    "str": {"type": "string"},
    "path": {"type": "string"},
}
_WORDS = {
    400: "The request is wrong; the body says where and what to do.",
    401: "Nobody is signed in, or the token does not hold.",
    403: "The role of this person does not allow it.",
    404: "There is no such thing in this organization.",
    405: "The path does not know this method.",
    409: "It exists already, or changed meanwhile.",
    413: "The body is too large.",
    422: "Something the request needs is missing.",
    424: "A storage or a model did not answer.",
    429: "Too many tries.",
    501: "Only a part of this is there; the body says which.",
    503: "The database can't be used now.",
}


class Error(BaseModel):
    """The body of every error."""

    id: str
    status_code: int
    version: str
    detail: str
    exc_info: None = None
    validation_errors: dict[str, list[str]] | None = None
    code: str = ""
    hint: str = ""
    where: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []


def _models(operation: Operation) -> list[type[BaseModel]]:
    found = []
    for shape in (operation.query, operation.body, operation.answer):
        for part in (shape, *typing.get_args(shape)):
            if is_model(part):
                found.append(part)
    return found


@functools.lru_cache(2)
def document(operations: tuple[Operation, ...], server: str = "") -> dict[str, Any]:
    shown = [operation for operation in operations if not operation.hidden and not operation.page]
    models = {(model, "validation") for operation in shown for model in _models(operation)} | {
        (Error, "validation")
    }
    ordered = sorted(models, key=lambda pair: (pair[0].__name__, pair[0].__module__))
    refs, definitions = models_json_schema(
        ordered,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
        schema_generator=GenerateJsonSchema,
    )
    paths: dict[str, Any] = {}
    for operation in shown:
        path = _PARAMETER.sub(lambda match: "{" + match[1] + "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(
            operation, {model: ref for (model, _), ref in refs.items()}, definitions
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tagma",
            "version": __version__,
            "description": "The labeling server's API; also spoken by Label Studio's SDK.",
        },
        "servers": [{"url": server or "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "Token KEY, or Bearer ACCESS-TOKEN",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
        },
    }


def _operation(operation: Operation, refs: dict[Any, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": match[1], "in": "path", "required": True, "schema": _KINDS[match[2]]}
        for match in _PARAMETER.finditer(operation.path)
    ]
    if operation.query is not None:
        schema = definitions["$defs"][refs[operation.query]["$ref"].rsplit("/", 1)[1]]
        for name, shape in schema.get("properties", {}).items():
            parameters.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in schema.get("required", ()),
                    "schema": shape,
                    "description": shape.get("description", ""),
                }
            )
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "tags": [operation.noun],
        "summary": operation.summary,
        "parameters": parameters,
        "responses": _responses(operation, refs),
    }
    doc = (operation.handler.__doc__ or "").strip()
    if doc and doc != operation.summary:
        described["description"] = doc
    if operation.anonymous:
        described["security"] = []
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(operation.body, refs)}},
        }
    return described


def _responses(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    answer = operation.answer
    good: dict[str, Any] = {"description": "Done"}
    if answer not in (None, type(None)) and not (isinstance(answer, type) and issubclass(answer, Response)):
        good["content"] = {"application/json": {"schema": _schema(answer, refs)}}
    responses = {str(operation.status): good}
    problem = {"application/json": {"schema": refs[Error]}}
    always: tuple[int, ...] = (400,) if operation.query is not None or operation.body is not None else ()
    if any(match[2] == "int" for match in _PARAMETER.finditer(operation.path)):
        always += (404,)
    for status in sorted({*operation.errors, *always, *(() if operation.anonymous else (401, 403))}):
        responses[str(status)] = {"description": _WORDS.get(status, "Error"), "content": problem}
    return responses


def _schema(shape: Any, refs: dict[Any, Any]) -> dict[str, Any]:
    if is_model(shape):
        return refs[shape]
    if typing.get_origin(shape) is list:
        inner = typing.get_args(shape)
        return {"type": "array", "items": _schema(inner[0], refs) if inner else {}}
    if shape is list:
        return {"type": "array", "items": {}}
    if shape is dict or typing.get_origin(shape) is dict:
        return {"type": "object"}
    if shape is RawJson:
        return {}
    return {}
