"""Writes the examples of the API's OpenAPI document, answers about an invented runner, and docs/api.md from it:
`make docs`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlencode

import duckdb
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.paths import DOCUMENT
from myrunstreak.api.service import Api
from myrunstreak.contract.settings import Settings
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.published import PublishedDatabase
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.store.schema.migrations import migrate

from scripts.simulator import seeded_history
from scripts.simulator.tracks import recording_of

PAGE: Final = Path("docs") / "api.md"
EXAMPLES: Final = Path("lambda_src") / "myrunstreak" / "api" / "static" / "examples.json"
NOW: Final = datetime(2026, 10, 31, 20, tzinfo=UTC)
_SEED: Final = 7
_RUNS: Final = 8
_LONGEST_LIST: Final = 2

_INTRODUCTION: Final = """# The API

<!-- Written by `make docs` from the API's own document; a test holds the two together. -->

Read only, JSON over HTTP. `make serve` answers it on this machine at `http://127.0.0.1:8787`, without a key, with a page
to try it out at `/`. A stack's address is `pulumi stack output api_url`; there every path under `/v1` needs a key.

```sh
curl http://127.0.0.1:8787/v1/streak
curl -H "Authorization: Bearer $KEY" "$(pulumi stack output api_url)/v1/streak"
```

- **Keys.** `API_KEYS` says where they are kept: `file:PATH`, or the name of an SSM parameter; on your machine they are in
  `api-keys.json` beside the database where it says nothing. `serve` asks for one from its first start on after a key was
  made there, until that file is removed, and always where `API_KEYS` is set. `myrunstreak api-key new
  --name phone` makes one and shows it this one time; only its hash is stored. `api-key list` and `api-key revoke NAME` do
  what they say; a revoked key stops working with the next request. A key goes into the header `Authorization: Bearer
  KEY`, never into an address. With `API_PUBLIC_STATUS=true`, `/v1/status` needs none.
- **Numbers** are km, seconds, metres and seconds a km, never rounded; days are the runner's own calendar days.
  [numbers.md](numbers.md) says what each one means.
- **`data_as_of`** in every body, and `Data-As-Of` in the headers, is the instant up to which the record is Smashrun's.
- **`ETag`** comes with every answer; with `If-None-Match` an answer that has not changed is `304` without a body.
- **Lists** page by `cursor`: `next_cursor` asks for the next page and is null on the last; `limit=all` asks for
  everything. With `format=csv`, or an `Accept` header of `text/csv`, a list is CSV and whole, unless `limit` makes it a
  page with the next one in a `Link` header; text that a spreadsheet would take for a formula begins with an apostrophe
  there. What one answer cannot carry (5.5 MB, some ten thousand runs as JSON) is refused, never cut.
- **Ids** of runs are numbers up to 2^53 - 1, the largest that a browser counts exactly, and texts of digits beyond it;
  paths take both. Smashrun's own are far below.
- **Mistakes** are `application/problem+json` with one sentence in `detail`. Parameters that are not listed, or given
  twice, are refused.
"""


# What would fill pages of the document: a year day by day.
_WITHOUT_EXAMPLE: Final = "/v1/calendar/{year}"
# The parameters of the questions that are answered in the examples; the run is the record's newest with splits.
_ASKED: Final[dict[str, dict[str, Any]]] = {
    "/v1/calendar/{year}": {"year": 2026},
    "/v1/days/{day}": {"day": "2026-10-31"},
    "/v1/days": {"from": "2026-10-29", "to": "2026-10-31"},
    "/v1/streak": {"min": "mile"},
    "/v1/gaps": {"min": "5km"},
    "/v1/runs": {"min_km": 5, "limit": 2},
    "/v1/compare": {"first": 2025, "second": 2026},
    "/v1/best-efforts": {"distance": "5km"},
}


@contextmanager
def example_api(*, without_keys: bool = True) -> Generator[Api]:
    """The API about an invented runner's last week."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(duckdb_path=str(_record(Path(folder))), runner_timezone="Europe/Amsterdam")
        published = PublishedDatabase(settings)
        yield Api(settings, published, ApiKeys(None), clock=lambda: NOW, without_keys=without_keys)
        published.close()


def made_examples(api: Api) -> dict[str, Any]:
    """By path, the parameters of a question and what is really answered."""
    found: dict[str, Any] = {}
    run_id = _a_run(api)
    for path in sorted(api.document["paths"]):
        if path == DOCUMENT:
            continue
        parameters = _ASKED.get(path, {"activity_id": run_id} if "{activity_id}" in path else {})
        found[path] = {"parameters": parameters}
        if path != _WITHOUT_EXAMPLE:
            found[path]["answer"] = _answer(api, _address(path, parameters))
    return found


def page() -> str:
    """The whole page."""
    with example_api(without_keys=False) as locked:
        statuses = _statuses(locked.document)
    with example_api() as api:
        found = made_examples(api)
        paths = sorted(api.document["paths"].items())
        sections = [_section(api, path, item["get"], found.get(path, {})) for path, item in paths]
    return "\n".join([_INTRODUCTION, statuses, *sections])


def _address(path: str, parameters: Mapping[str, Any]) -> str:
    """Path and query of a question."""
    named = {name: str(value) for name, value in parameters.items() if f"{{{name}}}" in path}
    for name, value in named.items():
        path = path.replace(f"{{{name}}}", value)
    query = urlencode({name: value for name, value in parameters.items() if name not in named})
    return f"{path}?{query}" if query else path


def _answer(api: Api, address: str) -> Any:
    place, _, query = address.partition("?")
    reply = api.answer(
        {
            "rawPath": place,
            "rawQueryString": query,
            "requestContext": {"http": {"method": "GET", "path": place}},
        }
    )
    assert reply["statusCode"] == 200, (address, reply["body"])
    return json.loads(reply["body"])


def _a_run(api: Api) -> int:
    """The newest run that has splits."""
    for item in _answer(api, "/v1/runs")["items"]:
        if _answer(api, f"/v1/runs/{item['activity_id']}/splits")["items"]:
            return item["activity_id"]
    raise AssertionError("no run has splits")


def _record(folder: Path) -> Path:
    """A database of an invented runner's last runs, some with recordings."""
    archive = RawArchive(open_blobs(folder / "raw", ""), "docs", folder)
    history = [
        one for one in seeded_history(_SEED, NOW) if "activityId" in one and "startDateTimeLocal" in one
    ]
    runs = history[:_RUNS]
    detailed = [one | recording_of(one, _SEED) for one in runs[:4] if one.get("hasDetails")]
    file = folder / "runs.duckdb"
    with duckdb.connect(str(file)) as connection:
        migrate(connection, "the document")
        RunDatabase(connection).apply(
            [
                archive.draft("extended", json.dumps(runs).encode(), datetime(2026, 10, 31, 6, tzinfo=UTC)),
                archive.draft(
                    "details", json.dumps(detailed).encode(), datetime(2026, 10, 31, 6, 1, tzinfo=UTC)
                ),
            ]
        )
        connection.execute(
            "INSERT INTO sync_log SELECT 'x', TIMESTAMP '2026-10-31 06:00', TIMESTAMP '2026-10-31 06:01', 'complete',"
            " 1, 1, 0, 0, 0, 0, 0, 0, 3, TIMESTAMP '2026-10-31 06:00', NULL"
        )
    return file


def _statuses(document: dict[str, Any]) -> str:
    named = document["paths"]["/v1/days/{day}"]["get"]["responses"]
    rows = [f"| {status} | {answer['description']} |" for status, answer in named.items() if status != "200"]
    return "\n".join(["| status | means |", "|---|---|", *rows, ""])


def _section(api: Api, path: str, operation: dict[str, Any], example: dict[str, Any]) -> str:
    parameters = cast("list[dict[str, Any]]", operation.get("parameters", []))
    lines = [f"## `GET {path}`", "", f"{operation['summary']}.", ""]
    if parameters:
        lines += ["| parameter | accepted | meaning |", "|---|---|---|"]
        lines += [
            f"| `{one['name']}`{' (needed)' if one.get('required') else ''} | {_accepted(one['schema'])} "
            f"| {one.get('description', '')} |"
            for one in parameters
        ]
        lines.append("")
    if path == DOCUMENT:
        return "\n".join(lines)
    asked = _address(path, example["parameters"])
    shown = json.dumps(_shortened(_answer(api, asked)), indent=2, ensure_ascii=False)
    return "\n".join([*lines, f"`GET {asked}`", "", "```json", shown, "```", ""])


def _accepted(schema: dict[str, Any]) -> str:
    parts = list(_facts(schema))
    if "default" in schema and schema["default"] is not None:
        parts.append(f"default `{schema['default']}`")
    return ", ".join(parts)


def _facts(schema: dict[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        yield " or ".join(", ".join(_facts(one)) for one in schema["anyOf"])
        return
    if "enum" in schema:
        yield ", ".join(f"`{one}`" for one in schema["enum"])
        return
    yield (
        "day" if schema.get("format") == "date" else str(schema.get("type", "text")).replace("string", "text")
    )
    if "minimum" in schema:
        yield f"{schema['minimum']:g} to {schema['maximum']:g}"


def _shortened(value: Any) -> Any:
    """A long list by its beginning."""
    match value:
        case dict():
            return {key: _shortened(one) for key, one in cast("dict[str, Any]", value).items()}
        case list():
            return [_shortened(one) for one in cast("list[Any]", value)[:_LONGEST_LIST]]
        case float():
            # Only how sums of fractions come out; the page is the same on every machine.
            return round(value, 5)
        case _:
            return value


if __name__ == "__main__":
    with example_api() as served:
        EXAMPLES.write_text(
            json.dumps(made_examples(served), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    PAGE.write_text(page(), encoding="utf-8")
