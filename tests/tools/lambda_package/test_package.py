"""The Lambda's package: what is in it, that it is the same each time, and that it starts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from myrunstreak.api.pages import PATHS
from myrunstreak.contract.entry_points import API_HANDLER, MESSAGES_HANDLER, SYNC_HANDLER

from infra.package import source_digest
from scripts.lambda_package.archive import ZIP_GOALS
from tests.stage.lambda_function import LambdaFunction
from tests.stage.listener import listening
from tests.stage.runs import on, opened
from tests.tools.lambda_package.conftest import HERE, PYTHON, Package, run_build


def test_the_same_sources_make_the_same_bytes_wherever_and_whenever_they_are_packed(
    twin: Package, sources: Path, tmp_path: Path
) -> None:
    """Another folder, time zone, umask and hash seed change nothing."""
    elsewhere = tmp_path / "some where" / "else"
    shutil.copytree(sources, elsewhere)
    for file in elsewhere.rglob("*.py"):
        os.utime(file, (1, 1))
    again = run_build(
        elsewhere,
        tmp_path / "out",
        *("--arch", HERE, "--python", PYTHON),
        TZ="Pacific/Kiritimati",
        UMASK="077",
        PYTHONHASHSEED="7",
        LC_ALL="C",
    )
    assert twin.manifest == again.manifest
    assert twin.zip_file.read_bytes() == again.zip_file.read_bytes()


def test_the_manifest_tells_what_was_built_from_what(deployed: Package, sources: Path) -> None:
    """``pulumi up`` decides by it whether the package fits the function and is fresh."""
    manifest = deployed.manifest
    assert ("lambda-arm64.zip", "arm64", "python3.12") == (
        manifest.zip,
        manifest.architecture,
        manifest.runtime,
    )
    assert hashlib.sha256(deployed.zip_file.read_bytes()).hexdigest() == manifest.sha256
    assert source_digest(sources) == manifest.source_sha256


def test_a_changed_source_or_lock_changes_the_digest(sources: Path, tmp_path: Path) -> None:
    """So that a stale package is noticed; caches and stubs, which are not shipped, are no change."""
    root = tmp_path / "root"
    shutil.copytree(sources, root)
    before = source_digest(root)
    ours = root / "lambda_src" / "myrunstreak"
    (ours / "__pycache__").mkdir()
    (ours / "__pycache__" / "sync.cpython-312.pyc").write_bytes(b"x")
    assert before == source_digest(root)
    for file in (ours / "store" / "schema" / "0001_initial.sql", root / "lambda_src" / "requirements.txt"):
        with file.open("a") as stream:
            stream.write("\n")
        after = source_digest(root)
        assert before != after
        before = after


def test_the_deployed_package_holds_code_schema_dependencies_and_their_metadata(deployed: Package) -> None:
    """DuckDB reads its own metadata at import; the schema is read from files."""
    names = deployed.names
    assert "myrunstreak/handlers/sync.py" in names
    assert "myrunstreak/handlers/api.py" in names
    assert "myrunstreak/store/schema/0001_initial.sql" in names
    assert "myrunstreak/analytics/sql/streak.sql" in names
    assert [name for name in names if re.fullmatch(r"duckdb-[\d.]+\.dist-info/METADATA", name)]
    assert "_duckdb.cpython-312-aarch64-linux-gnu.so" in names
    assert "tzdata/zoneinfo/Europe/Amsterdam" in names


def test_what_the_runtime_brings_and_what_nobody_reads_stays_out(deployed: Package) -> None:
    """No boto3 beside the runtime's own, no stubs, no installer's notes."""
    tops = {name.split("/")[0] for name in deployed.names}
    assert not tops & {"boto3", "botocore", "s3transfer", "dateutil", "six.py", "bin", "tests", ".lock"}
    assert not [name for name in deployed.names if name.endswith((".pyi", "py.typed", "/RECORD", "/WHEEL"))]
    assert "left to the runtime: botocore" in deployed.printed


def test_bytecode_is_of_the_functions_python_or_missing_altogether(deployed: Package) -> None:
    """Every source has its bytecode but those that only the messages need, or the build has said that there is none."""
    rarely = ("apprise/", "markdown/", "oauthlib/", "requests_oauthlib/")
    sources = {name for name in deployed.names if name.endswith(".py") and not name.startswith(rarely)}
    compiled = {name for name in deployed.names if name.endswith(".pyc")}
    if "sources only" in deployed.printed:
        assert not compiled
    else:
        expected = {re.sub(r"([^/]+)\.py$", r"__pycache__/\1.cpython-312.pyc", name) for name in sources}
        assert expected == compiled
        with zipfile.ZipFile(deployed.zip_file) as archive:
            header = archive.read("myrunstreak/__pycache__/tokens.cpython-312.pyc")[:8]
        assert 0b01 == int.from_bytes(header[4:8], "little"), "a hash that Python does not check"


def test_the_archive_is_sorted_and_bears_no_trace_of_its_maker(deployed: Package) -> None:
    """Names in order, one date, one mode, no folders."""
    with zipfile.ZipFile(deployed.zip_file) as archive:
        infos = archive.infolist()
    assert sorted(info.filename for info in infos) == [info.filename for info in infos]
    assert {(1980, 1, 1, 0, 0, 0)} == {info.date_time for info in infos}
    assert {0o100644} == {info.external_attr >> 16 for info in infos}


def test_the_list_of_contents_names_every_package_with_its_size(deployed: Package) -> None:
    """Everything in the zip belongs to a named package, and the largest is listed first."""
    rows = deployed.printed.splitlines()
    assert rows[1].startswith("duckdb 1.")
    assert not [row for row in rows if row.startswith("(other)")]
    assert deployed.zip_file.stat().st_size < ZIP_GOALS["lambda"]


@pytest.mark.parametrize("entry", [SYNC_HANDLER, API_HANDLER, MESSAGES_HANDLER])
def test_each_handler_is_imported_from_the_package_alone(
    entry: str, task_folder: Path, runtime_folder: Path
) -> None:
    """With nothing else than the package and what the runtime brings."""
    module, function = entry.rsplit(".", 1)
    code = (
        "import sys, time; from importlib import import_module\n"
        f"sys.path[:0] = [{str(task_folder)!r}, {str(runtime_folder)!r}]\n"
        "start = time.perf_counter()\n"
        f"handler = getattr(import_module({module!r}), {function!r})\n"
        "seconds = time.perf_counter() - start\n"
        "import boto3, myrunstreak.store.schema.migrations as schema; assert schema.migrations()\n"
        "import aws_lambda_powertools, duckdb, zoneinfo; zoneinfo.ZoneInfo('Asia/Tokyo')\n"
        f"for one in (duckdb, aws_lambda_powertools, schema): assert one.__file__.startswith({str(task_folder)!r})\n"
        "print(seconds)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"AWS_LAMBDA_FUNCTION_NAME": "test"},
    )
    assert done.returncode == 0, done.stderr
    print(f"import of the handler: {float(done.stdout) * 1000:.0f} ms")
    assert float(done.stdout) < 10, "far too long even on a busy machine"


def test_the_package_answers_under_the_real_runtime_client(task_folder: Path, tmp_path: Path) -> None:
    """A real invocation with a real error, raised by the package's own code."""
    with LambdaFunction(SYNC_HANDLER, task_folder, {"AWS_REGION": "us-east-2"}, tmp_path / "log") as function:
        outcome = function.invoke({"since": "the day before yesterday"})
    assert ("error", "InvalidSettings") == (outcome.how, outcome.body["errorType"])
    assert f"{task_folder}/myrunstreak/handlers/sync.py" in "".join(outcome.body["stackTrace"])


def test_the_packages_api_answers_under_the_real_runtime_client(task_folder: Path, tmp_path: Path) -> None:
    """The page, with the files that come with a dependency, and a refusal: keys are kept nowhere."""

    def event(path: str) -> dict[str, object]:
        return {
            "version": "2.0",
            "rawPath": path,
            "headers": {},
            "requestContext": {"http": {"method": "GET", "path": path}},
        }

    variables = {"AWS_REGION": "us-east-2", "DUCKDB_PATH": str(tmp_path / "none.duckdb")}
    with LambdaFunction(API_HANDLER, task_folder, variables, tmp_path / "log") as function:
        answers = {path: function.invoke(event(path)).body for path in sorted(PATHS)}
        refusal = function.invoke(event("/v1/streak")).body
    assert dict.fromkeys(PATHS, 200) == {path: answer["statusCode"] for path, answer in answers.items()}
    assert all(answer["body"] for answer in answers.values())
    assert 401 == refusal["statusCode"]


def test_the_packages_messages_reach_a_service_under_the_real_runtime_client(
    task_folder: Path, tmp_path: Path
) -> None:
    """A record of yesterday's runs, no Smashrun, a service on loopback: the honest reminder arrives there."""
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # about noon: no midnight comes meanwhile
    today = datetime.now(ZoneInfo(zone)).date()
    runs = [on(str(today - timedelta(days=back)), back) for back in range(1, 11)]
    opened(runs, str(tmp_path / "runs.duckdb")).close()
    with listening() as service:
        (tmp_path / "channels.json").write_text(json.dumps({"urls": [service.url]}), encoding="utf-8")
        variables = {
            "AWS_REGION": "us-east-2",
            "DUCKDB_PATH": str(tmp_path / "runs.duckdb"),
            "TOKENS_SECRET": f"file:{tmp_path / 'none.json'}",
            "SYNC_STATE_SECRET": f"file:{tmp_path / 'state.json'}",
            "RUNNER_TIMEZONE": zone,
            "REMIND_AT": "00:00",
            "NOTIFY_URLS": f"file:{tmp_path / 'channels.json'}",
        }
        with LambdaFunction(MESSAGES_HANDLER, task_folder, variables, tmp_path / "log") as function:
            outcomes = [function.invoke({"kind": "reminder"}) for _ in range(2)]
            digest = function.invoke({"kind": "digest"})
    assert ["response", "response", "response"] == [one.how for one in (*outcomes, digest)]
    assert [(True, "unknown"), (False, "unknown")] == [
        (one.body["sent"], one.body["state"]) for one in outcomes
    ]
    (message,) = [one for one in service.messages if "I cannot see" in one["title"]]
    assert "I cannot see Smashrun: day 11 may still be open" == message["title"]
    assert "planted-" not in (tmp_path / "log").read_text(encoding="utf-8")
