"""The API's document: whole in itself, true in its examples, right about keys, and good enough for real generators."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.store.published import PublishedDatabase

from scripts.documents.api import example_api, made_examples
from tests.application.api.conftest import Asked, settings_for
from tests.stage.seeded_record import clock

TOOLS = Path(__file__).parent / "clients" / "node_modules" / ".bin"
# Without a tsconfig: what a strict project would make of the clients.
STRICT = [
    "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext",
    "--moduleResolution", "nodenext",
]  # fmt: skip


def document(record: Path, *, without_keys: bool = False, **settings: Any) -> dict[str, Any]:
    """The document of a server."""
    chosen = settings_for(record, **settings)
    published = PublishedDatabase(chosen)
    try:
        return Api(chosen, published, ApiKeys(None), clock=clock, without_keys=without_keys).document
    finally:
        published.close()


@pytest.fixture(scope="module")
def served(record: Path) -> dict[str, Any]:
    """The document of a server that asks for keys."""
    return document(record)


def references(part: Any) -> Iterator[str]:
    """Every reference of a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def operations(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its path."""
    return {path: item["get"] for path, item in of["paths"].items()}


def test_every_reference_leads_somewhere_and_every_schema_is_used(served: dict[str, Any]) -> None:
    """No name without a schema, no schema without a use."""
    used = {one.removeprefix("#/components/schemas/") for one in references(served)}
    assert used == set(served["components"]["schemas"])


def test_a_validator_finds_nothing(served: dict[str, Any], record: Path) -> None:
    """With keys and without."""
    openapi_spec_validator.validate(served)
    openapi_spec_validator.validate(document(record, without_keys=True))


def test_real_generators_make_clients_of_it(served: dict[str, Any], tmp_path: Path) -> None:
    """Types and a client in TypeScript that its compiler takes, where Node's tools are; everywhere names that can be
    functions and types of a client.
    """
    names = [one["operationId"] for one in operations(served).values()] + [*served["components"]["schemas"]]
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+|[A-Z][A-Za-z]+", name) for name in names)
    if not ((TOOLS / "tsc").exists() and shutil.which("node")):
        return
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(served))

    def run(tool: str, *words: str) -> None:
        done = subprocess.run([TOOLS / tool, *words], cwd=tmp_path, capture_output=True, text=True)
        assert 0 == done.returncode, done.stdout + done.stderr

    run("openapi-typescript", str(file), "-o", str(tmp_path / "types" / "schema.d.ts"))
    run("openapi-ts", "-i", str(file), "-o", str(tmp_path / "client"))
    assert "export const listRuns" in (tmp_path / "client" / "sdk.gen.ts").read_text()
    run("tsc", *STRICT, str(tmp_path / "types" / "schema.d.ts"), *map(str, tmp_path.glob("client/*.ts")))


def test_operations_have_names_that_stay(served: dict[str, Any]) -> None:
    """They are the functions of generated clients: changing one breaks its callers."""
    assert {
        "/v1/status": "get_status",
        "/v1/streak": "get_streak",
        "/v1/streaks": "list_streaks",
        "/v1/gaps": "list_gaps",
        "/v1/days": "list_days",
        "/v1/days/{day}": "get_day",
        "/v1/calendar/{year}": "get_calendar",
        "/v1/layers": "list_layers",
        "/v1/stats/year": "list_years",
        "/v1/stats/month": "list_months",
        "/v1/stats/week": "list_weeks",
        "/v1/stats/trailing": "get_trailing_days",
        "/v1/compare": "compare_years",
        "/v1/goals": "list_goals",
        "/v1/eddington": "get_eddington",
        "/v1/records": "list_records",
        "/v1/best-efforts": "list_best_efforts",
        "/v1/runs": "list_runs",
        "/v1/runs/{activity_id}": "get_run",
        "/v1/runs/{activity_id}/splits": "list_splits",
        "/v1/openapi.json": "get_document",
    } == {path: one["operationId"] for path, one in operations(served).items()}


def same(expected: Any, found: Any) -> bool:
    """Equal but for how sums of fractions come out on another machine."""
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(same(expected[name], found[name]) for name in expected)
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float):
        return math.isclose(expected, found, rel_tol=1e-9)
    return expected == found


def test_the_examples_are_what_is_really_answered(served: dict[str, Any]) -> None:
    """Asked again with the parameters of the example, the service says the same."""
    with example_api() as api:
        made = made_examples(api)
    for path, one in operations(served).items():
        if path == "/v1/openapi.json":
            continue
        told = {
            parameter["name"]: parameter["example"]
            for parameter in one["parameters"]
            if "example" in parameter
        }
        assert made[path]["parameters"] == told, "the examples are old: make docs"
        answer = one["responses"]["200"]["content"]["application/json"].get("example")
        assert same(made[path].get("answer"), answer), "the examples are old: make docs"
        assert (answer is None) == (path == "/v1/calendar/{year}")


def test_the_examples_fit_their_schemas(served: dict[str, Any]) -> None:
    """Answers and parameters alike."""
    checked = 0
    for one in operations(served).values():
        content = one["responses"]["200"]["content"]["application/json"]
        pairs = [(content["schema"], content["example"])] if "example" in content else []
        pairs += [
            (each["schema"], each["example"]) for each in one.get("parameters", []) if "example" in each
        ]
        for schema, example in pairs:
            jsonschema.Draft202012Validator({**schema, "components": served["components"]}).validate(example)
            checked += 1
    assert checked > 25


def test_security_says_what_holds(record: Path, served: dict[str, Any]) -> None:
    """Every path needs a key that is sent as the scheme says, the status as well unless it is public; none at all on a
    server that only this machine reaches.
    """
    assert [{"key": []}] == served["security"]
    scheme = served["components"]["securitySchemes"]["key"]
    assert ("http", "bearer") == (scheme["type"], scheme["scheme"])
    assert "Authorization: Bearer" in scheme["description"]
    assert not [path for path, one in operations(served).items() if "security" in one]
    assert all(
        "WWW-Authenticate" in one["responses"]["401"]["headers"] for one in operations(served).values()
    )

    public = operations(document(record, api_public_status=True))
    assert ["/v1/status"] == [path for path, one in public.items() if "security" in one]
    assert [{"key": []}, {}] == public["/v1/status"]["security"]

    unlocked = document(record, without_keys=True)
    assert ([], False) == (unlocked["security"], "securitySchemes" in unlocked["components"])
    assert not [path for path, one in operations(unlocked).items() if "401" in one["responses"]]


def test_what_the_document_says_of_keys_is_what_happens(record: Path) -> None:
    """Asked without a key, each path answers as its security says."""
    for public in (False, True):
        settings = settings_for(record, api_public_status=public)
        published = PublishedDatabase(settings)
        api = Api(settings, published, ApiKeys(None), clock=clock)
        for path, one in operations(api.document).items():
            needs_key = {} not in one.get("security", api.document["security"])
            address = re.sub(r"{.*?}", "1", path)
            assert needs_key == (Asked(api).get(address).status == 401), path
        published.close()
