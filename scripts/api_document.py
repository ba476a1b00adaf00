"""Writes docs/api.md from the API's own OpenAPI document, with answers about an invented runner: `make docs`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import duckdb
from myrunstreak.api.service import Api
from myrunstreak.api_keys import ApiKeys
from myrunstreak.contract.settings import Settings
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.migrations import migrate
from myrunstreak.store.published import PublishedDatabase
from myrunstreak.store.raw_archive import RawArchive

from scripts.simulator import seeded_history
from scripts.simulator.tracks import recording_of

PAGE: Final = Path("docs") / "api.md"
NOW: Final = datetime(2026, 10, 31, 20, tzinfo=UTC)
_SEED: Final = 7
_RUNS: Final = 400
_LONGEST_LIST: Final = 2

_INTRODUCTION: Final = """# The API

<!-- Written by `make docs` from the API's own document; a test holds the two together. -->

Read only, JSON over HTTP. `make serve` answers it on this machine at `http://127.0.0.1:8787`, without a key, with a page
to try it out at `/`. A stack's address is `pulumi stack output api_url`; there every path under `/v1` needs a key.

```sh
curl http://127.0.0.1:8787/v1/streak
curl -H "Authorization: Bearer $KEY" "$(pulumi stack output api_url)/v1/streak"
```

- **Keys.** `API_KEYS` says where they are kept: `file:PATH`, or the name of an SSM parameter. `myrunstreak api-key new
  --name phone` makes one and shows it this one time; only its hash is stored. `api-key list` and `api-key revoke NAME` do
  what they say; a revoked key opens nothing from the next request on. A key goes into the header `Authorization: Bearer
  KEY`, never into an address. With `API_PUBLIC_STATUS=true`, `/v1/status` needs none.
- **Numbers** are km, seconds, metres and seconds a km, never rounded; days are the runner's own calendar days.
  [numbers.md](numbers.md) says what each one means.
- **`data_as_of`** in every body, and `Data-As-Of` in the headers, is the instant up to which the record is Smashrun's.
- **`ETag`** comes with every answer; with `If-None-Match` an answer that has not changed is `304` without a body.
- **Lists** page by `cursor`: `next_cursor` asks for the next page and is null on the last. With `format=csv`, or an
  `Accept` header of `text/csv`, a list is CSV, its next page in a `Link` header; text that a spreadsheet would take for a
  formula begins with an apostrophe there.
- **Mistakes** are `application/problem+json` with one sentence in `detail`. Parameters that are not listed, or given
  twice, are refused.
"""


def page() -> str:
    """The whole page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(duckdb_path=str(_record(Path(folder))), runner_timezone="Europe/Amsterdam")
        published = PublishedDatabase(settings)
        api = Api(settings, published, ApiKeys(None), clock=lambda: NOW, without_keys=True)
        parts = [_INTRODUCTION, _statuses(api.document)]
        parts += [_section(api, path, item["get"]) for path, item in sorted(api.document["paths"].items())]
        published.close()
    return "\n".join(parts)


def _record(folder: Path) -> Path:
    """A database of an invented runner's last runs, some with recordings."""
    archive = RawArchive(open_blobs(folder / "raw", ""), "docs", folder)
    history = [
        one for one in seeded_history(_SEED, NOW) if "activityId" in one and "startDateTimeLocal" in one
    ]
    runs = history[:_RUNS]
    detailed = [one | recording_of(one, _SEED) for one in runs[:20] if one.get("hasDetails")]
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


def _section(api: Api, path: str, operation: dict[str, Any]) -> str:
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
    asked = _asked(api, path)
    if path.endswith("openapi.json"):
        return "\n".join(lines)
    place, _, query = asked.partition("?")
    reply = api.answer(
        {
            "rawPath": place,
            "rawQueryString": query,
            "requestContext": {"http": {"method": "GET", "path": place}},
        }
    )
    assert reply["statusCode"] == 200, (asked, reply["body"])
    shown = json.dumps(_shortened(json.loads(reply["body"])), indent=2, ensure_ascii=False)
    return "\n".join([*lines, f"`GET {asked}`", "", "```json", shown, "```", ""])


def _asked(api: Api, path: str) -> str:
    """An address of that path that has an answer."""
    examples = {"{day}": "2026-10-31", "{year}": "2026", "{activity_id}": "0"}
    if "{activity_id}" in path:
        reply = api.answer({"rawPath": "/v1/runs", "requestContext": {"http": {"method": "GET"}}})
        for item in json.loads(reply["body"])["items"]:
            splits = api.answer(
                {
                    "rawPath": f"/v1/runs/{item['activity_id']}/splits",
                    "requestContext": {"http": {"method": "GET"}},
                }
            )
            if json.loads(splits["body"])["items"]:
                examples["{activity_id}"] = str(item["activity_id"])
                break
    for name, value in examples.items():
        path = path.replace(name, value)
    queries = {
        "/v1/streak": "?min=mile",
        "/v1/runs": "?min_km=10&limit=2",
        "/v1/compare": "?first=2025&second=2026",
        "/v1/best-efforts": "?distance=5km",
    }
    return path + queries.get(path, "")


def _accepted(schema: dict[str, Any]) -> str:
    parts = list(_facts(schema))
    if "default" in schema and schema["default"] is not None:
        parts.append(f"default `{schema['default']}`")
    return ", ".join(parts)


def _facts(schema: dict[str, Any]) -> Iterator[str]:
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
    PAGE.write_text(page(), encoding="utf-8")
