"""The OpenAPI document: what Powertools derives from the routes, corrected to what is really answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Final, Literal, cast, get_args

from pydantic.fields import FieldInfo

from myrunstreak.analytics.bounds import PAGE_LIMIT
from myrunstreak.analytics.models import LARGEST_NUMBER
from myrunstreak.api.paths import DOCUMENT, STATUS
from myrunstreak.api.problems import CONTENT_TYPE
from myrunstreak.api.router import Parameter, Route
from myrunstreak.api.routes import LISTS, ROUTES

_DESCRIPTION: Final = (
    "A runner's record, read only. Distances are km, times seconds, heights metres, dates the runner's own calendar "
    "days; nothing is rounded. Every answer carries `data_as_of`, the instant up to which the record is Smashrun's, and "
    "an `ETag`. Lists page by `cursor`, and come whole as CSV. Ids beyond 2^53 - 1, which browsers cannot count, are "
    "texts. Parameters that are not listed are refused."
)
# Who may read: any caller (a server that only this machine reaches), callers with a key, or those and any for the status.
Access = Literal["open", "keys", "keys but for status"]

_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of `myrunstreak api-key new --name NAME`, in the header `Authorization: Bearer KEY`; never in "
    "an address.",
}
# Every path can end like this; 404 only where a path names something.
_PROBLEMS: Final = {
    "400": "A parameter is unknown, repeated, missing or cannot be understood.",
    "401": "No key, a wrong one or a revoked one.",
    "404": "There is no such thing.",
    "405": "Another method than GET or HEAD.",
    "413": "The request has a body that is too large.",
    "414": "The address is too long.",
    "431": "The headers are too large.",
    "500": "A fault of the program.",
    "503": "The record cannot be read: it is missing, damaged, written by newer code, or its store does not answer.",
}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence: what is wrong and what is accepted"},
    },
}
_CHALLENGE: Final = {
    "401": {
        "headers": {
            "WWW-Authenticate": {"description": "how a key is sent: Bearer", "schema": {"type": "string"}}
        }
    }
}
_BOUNDS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_GOAL: Final = {
    "pattern": r"^(mile|half|marathon|(?!0*(\.0*)?[a-z]*$)([0-9]{1,5}(\.[0-9]{1,6})?(km?)?|100000(km?)?"
    r"|([0-9]{1,4}|[1-5][0-9]{4})(\.[0-9]{1,6})?(mi|miles?)))$"
}
# What the types cannot say: how a minimum, types, a cursor, a limit and an id look.
_REFINED: Final[dict[str, dict[str, Any]]] = {
    "min": {
        "pattern": r"^(any|mile|half|marathon|(?!0*(\.0*)?[a-z]*$)"
        r"([0-9]{1,3}(\.[0-9]{1,6})?(km?)?|1000(km?)?|([0-9]{1,2}|[1-5][0-9]{2})(\.[0-9]{1,6})?(mi|miles?)))$"
    },
    "goal_year": _GOAL,
    "goal_month": _GOAL,
    "type": {"pattern": r"^[A-Za-z0-9][A-Za-z0-9 _/-]{0,39}(,[A-Za-z0-9][A-Za-z0-9 _/-]{0,39}){0,19}$"},
    "cursor": {"pattern": r"^[A-Za-z0-9_-]+$"},
    "limit": {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": PAGE_LIMIT},
            {"type": "string", "enum": ["all"]},
        ]
    },
    "activity_id": {
        "anyOf": [
            {"type": "integer", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
            {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
        ]
    },
}
_REFERENCE: Final = "#/components/schemas/"
_HEADERS: Final = {
    "ETag": {"description": "tells this representation from others", "schema": {"type": "string"}},
    "Data-As-Of": {
        "description": "the same as data_as_of; left out before the first complete sync",
        "schema": {"type": "string"},
    },
}
_LINK: Final = {
    "Link": {"description": "the next page, where there is one (rel=next)", "schema": {"type": "string"}}
}
_FORMAT: Final = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "json or csv; an Accept header of text/csv says the same",
    "schema": {"type": "string", "enum": ["json", "csv"], "default": "json"},
}


def make_document(access: Access = "keys") -> dict[str, Any]:
    """The OpenAPI 3.1 document of the routes, for a server that answers those whom ``access`` names."""
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

    app = APIGatewayHttpResolver(enable_validation=True)
    for route in ROUTES:
        add = app.get(route.path, operation_id=route.operation_id, tags=[route.tag], summary=route.summary)
        add(_as_powertools_reads(route))
    derived = app.get_openapi_json_schema(
        title="MyRunStreak", version=_version(), description=_DESCRIPTION, openapi_version="3.1.0"
    )
    document: dict[str, Any] = json.loads(derived)
    document.pop("servers", None)
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    lists = {_openapi(path) for path in LISTS}
    for path, operation in _operations(document):
        _describe_answers(operation, path, is_list=path in lists)
    document["paths"][DOCUMENT] = {"get": _own_operation()}
    _describe_access(document, access)
    document["components"]["schemas"] = _keep_used(document, schemas)
    return document


def _as_powertools_reads(route: Route) -> Any:
    """A function with the route's parameters, each said to be in the path or in the query."""

    def function() -> None: ...

    placed = {one.name: _place(one) for one in route.parameters}
    signature = route.signature
    parameters = [one.replace(annotation=placed[name]) for name, one in signature.parameters.items()]
    function.__name__ = route.function.__name__
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return function


def _place(parameter: Parameter) -> Any:
    from aws_lambda_powertools.event_handler.openapi.params import Path, Query

    kind, *marks = get_args(parameter.annotation)
    [field] = [mark for mark in marks if isinstance(mark, FieldInfo)]
    others = [mark for mark in marks if mark is not field]
    place = Path if parameter.in_path else Query
    return Annotated[
        kind, *others, *field.metadata, place(alias=parameter.alias, description=field.description)
    ]


def _describe_access(document: dict[str, Any], access: Access) -> None:
    if access == "open":
        document["security"] = []
        for _, operation in _operations(document):
            del operation["responses"]["401"]
        return
    document["components"]["securitySchemes"] = {"key": _KEY}
    document["security"] = [{"key": []}]
    if access == "keys but for status":
        status = document["paths"][STATUS]["get"]
        status["security"] = [{"key": []}, {}]
        status["description"] = "Needs no key here."


def _keep_used(document: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that an operation leads to: Powertools adds some for answers that are never given."""
    used: dict[str, Any] = {}
    waiting = [*_references(document["paths"])]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = schemas[name]
            waiting += _references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in used}


def _references(part: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        for name, value in cast("dict[str, Any]", part).items():
            if name == "$ref":
                yield str(value).removeprefix(_REFERENCE)
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for item in cast("list[Any]", part):
            yield from _references(item)


@cache
def examples() -> dict[str, Any]:
    """By path, the parameters of a question and its answer about a small invented record (``make docs``)."""
    text = (resources.files("myrunstreak.api") / "static" / "examples.json").read_text(encoding="utf-8")
    return json.loads(text)


def _version() -> str:
    try:
        return version("myrunstreak")
    except PackageNotFoundError:
        return "0.1.0"  # in the Lambda's package our own code has no metadata


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield path, item["get"]


def _describe_answers(operation: dict[str, Any], path: str, *, is_list: bool) -> None:
    parameters: list[dict[str, Any]] = operation.setdefault("parameters", [])
    example = examples().get(path, {})
    for parameter in parameters:
        parameter["schema"] = _refine(parameter)
        if parameter["name"] in example.get("parameters", {}):
            parameter["example"] = example["parameters"][parameter["name"]]
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)
    answer = responses["200"]
    answer["description"] = "The answer."
    answer["headers"] = dict(_HEADERS)
    if "answer" in example:
        answer["content"]["application/json"]["example"] = example["answer"]
    if is_list:
        parameters.append(_FORMAT)
        answer["content"]["text/csv"] = {"schema": {"type": "string"}}
        answer["headers"] |= _LINK
    responses |= _problems(named="{" in path)
    operation["responses"] = dict(sorted(responses.items()))


def _problems(*, named: bool) -> dict[str, Any]:
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "304": {"description": "Nothing has changed since the ETag given in If-None-Match."},
        **{
            status: {"description": description, "content": problem, **_CHALLENGE.get(status, {})}
            for status, description in _PROBLEMS.items()
            if status != "404" or named
        },
    }


def _own_operation() -> dict[str, Any]:
    answer = {
        "description": "The document.",
        "headers": {"ETag": _HEADERS["ETag"]},
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    problems = {status: problem for status, problem in _problems(named=False).items() if status != "503"}
    return {
        "tags": ["about"],
        "summary": "This document",
        "operationId": "get_document",
        "responses": dict(sorted({"200": answer, **problems}.items())),
    }


def _refine(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema; an alternative of two types is that alone."""
    more = _REFINED.get(parameter["name"], {})
    return more if "anyOf" in more else _plain(parameter["schema"]) | more


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without what only bodies know: null, and Python's names for bounds."""
    kinds = [
        kind for kind in cast("list[dict[str, Any]]", schema.get("anyOf", [])) if kind.get("type") != "null"
    ]
    if len(kinds) == 1:
        schema = {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}
    return {
        _BOUNDS.get(name, name): value
        for name, value in schema.items()
        if name not in {"title", "description"}
    }


def _openapi(path: str) -> str:
    return path.replace("<", "{").replace(">", "}")
