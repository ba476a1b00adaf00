"""From a path and a query to a function and its arguments: the types of its parameters validate them.

Powertools' own resolver would do it too; loading it takes longer than opening the record, and it works on one request at
a time. It derives the document alone (``document``).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

_NAMED: Final = re.compile(r"<(\w+)>")
# What a name in a path may be.
_VALUE: Final = r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+"


@dataclass(frozen=True)
class Named:
    """A mark of a parameter's type: its name in an address, where the function has another."""

    name: str


@dataclass(frozen=True)
class Parameter:
    """A parameter of a route.

    Attributes:
        name: the function's name for it.
        alias: its name in an address.
        default: ``inspect.Parameter.empty`` where it must be given.
    """

    name: str
    alias: str
    in_path: bool
    default: object
    annotation: Any

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    def read(self, given: Mapping[str, str]) -> tuple[Any, list[dict[str, Any]]]:
        """Its value, and what is wrong with the text that was given."""
        if self.alias not in given:
            missing = self.default is inspect.Parameter.empty
            return self.default, [{"type": "missing", "loc": (self.alias,), "msg": ""}] if missing else []
        try:
            return self._adapter.validate_python(given[self.alias]), []
        except ValidationError as error:
            return None, [
                {**problem, "loc": (self.alias,), "input": given[self.alias]}
                for problem in error.errors(include_url=False)
            ]


class InvalidParameters(Exception):
    """Parameters that cannot be understood, each with pydantic's description of the problem."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True)
class Route:
    """A path and the function that answers it.

    Attributes:
        path: with names of parameters, such as ``/v1/days/<day>``.
        function: takes what is asked first, then the parameters.
    """

    path: str
    function: Callable[..., BaseModel]
    operation_id: str
    tag: str
    summary: str

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_NAMED.sub(lambda name: f"(?P<{name[1]}>{_VALUE})", self.path))

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters alone, their types evaluated."""
        whole = inspect.signature(self.function, eval_str=True)
        return whole.replace(parameters=[*whole.parameters.values()][1:])

    @cached_property
    def parameters(self) -> list[Parameter]:
        """Those of the path first."""
        named = set(_NAMED.findall(self.path))
        found = [
            Parameter(one.name, _alias(one), one.name in named, one.default, one.annotation)
            for one in self.signature.parameters.values()
        ]
        return sorted(found, key=lambda one: not one.in_path)

    @property
    def query(self) -> list[str]:
        """The names of the parameters in the query."""
        return [one.alias for one in self.parameters if not one.in_path]

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it: ``/v1/days/{day}``."""
        return self.path.replace("<", "{").replace(">", "}")

    def match(self, path: str) -> dict[str, str] | None:
        """The texts of the path's parameters; None for another path."""
        match = self._pattern.fullmatch(path)
        return match.groupdict() if match else None

    def read(self, in_path: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
        """The function's arguments.

        Raises:
            InvalidParameters: texts that cannot be understood, or are missing.
        """
        values: dict[str, Any] = {}
        problems: list[dict[str, Any]] = []
        for one in self.parameters:
            values[one.name], wrong = one.read(in_path if one.in_path else query)
            problems += wrong
        if problems:
            raise InvalidParameters(problems)
        return values


class Router:
    """The routes, in the order in which they were added."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(
        self, path: str, operation_id: str, tag: str, summary: str
    ) -> Callable[[Callable[..., BaseModel]], Callable[..., BaseModel]]:
        """Add a function under a path."""

        def add(function: Callable[..., BaseModel]) -> Callable[..., BaseModel]:
            self._routes.append(Route(f"{self._prefix}{path}", function, operation_id, tag, summary))
            return function

        return add

    def find(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path, and the texts of the parameters in it."""
        for route in self._routes:
            if (named := route.match(path)) is not None:
                return route, named
        return None


def _alias(parameter: inspect.Parameter) -> str:
    names = [mark.name for mark in get_args(parameter.annotation)[1:] if isinstance(mark, Named)]
    return names[0] if names else parameter.name
