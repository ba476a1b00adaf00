"""Which tests stay within one process: what a test calls, by way of its fixtures, is read from its code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import pytest

# Who reaches one of these starts a process or a server.
STARTERS: Final = (
    "subprocess",
    "multiprocessing",
    "moto.server",
    "http.server",
    "scripts.simulator",
    "wsgiref",
)
OURS: Final = ("tests", "scripts")


def starts_something(item: pytest.Item) -> bool:
    """Whether a test, or a fixture that it uses, starts a process or a server."""
    function = getattr(item, "function", None)
    if function is None:
        return False
    functions = [function]
    for name in _fixtures(item):
        definitions = item.session._fixturemanager.getfixturedefs(name, item)
        functions += [definition.func for definition in definitions or ()]
    return any(_reaches(inspect.unwrap(one)) for one in functions)


def _fixtures(item: pytest.Item) -> set[str]:
    """The fixtures of a test, those that one of its fixtures asks for by name among them."""
    left, found = [*getattr(item, "fixturenames", ())], set[str]()
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        for definition in item.session._fixturemanager.getfixturedefs(name, item) or ():
            code = inspect.unwrap(definition.func).__code__
            left += definition.argnames
            if "getfixturevalue" in code.co_names:
                left += [text for text in code.co_consts if isinstance(text, str) and text.isidentifier()]
    return found


@cache
def _reaches(function: Any) -> bool:
    return _search(function, set())


def _search(thing: Any, seen: set[int]) -> bool:
    if id(thing) in seen:
        return False
    seen.add(id(thing))
    module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None) or ""
    if _within(module, STARTERS):
        return True
    return _within(module, OURS) and any(_search(one, seen) for one in _used(thing))


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _used(thing: Any) -> Iterator[Any]:
    """What the body of a function, or of a class's methods, names; of a module, all its functions."""
    if isinstance(thing, FunctionType):
        yield getattr(thing, "__wrapped__", None)
        for code in _codes(thing.__code__):
            for name in code.co_names:
                # A function of its module, or a module that it imports only when it is called.
                yield thing.__globals__.get(name, sys.modules.get(name))
                if _within(name, STARTERS):
                    yield import_module(name)
    elif isinstance(thing, type | ModuleType):
        yield from getattr(thing, "__bases__", ())
        for member in vars(thing).values():
            inner = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            if isinstance(inner, FunctionType):
                yield inner


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
