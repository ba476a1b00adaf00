"""The lake writer's package: DuckDB's extensions load from where they lie in it, and the function writes a lake."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from myrunstreak.contract.club import new_runner_id
from myrunstreak.contract.entry_points import LAKE_HANDLER
from myrunstreak.lake.extensions import EXTENSIONS

from tests.stage.emulator import REGION
from tests.stage.lake import TableBucket, emulator, table_bucket
from tests.stage.lambda_function import LambdaFunction
from tests.stage.runs import on, opened
from tests.tools.lambda_package.conftest import HERE, Package

__all__ = ["emulator", "table_bucket"]


def test_the_package_holds_each_extension_once(lake_twin: Package) -> None:
    """As files; its name tells it from the other functions' package."""
    files = [Path(name).stem for name in lake_twin.names if name.endswith(".duckdb_extension")]
    assert sorted(EXTENSIONS) == sorted(files)
    assert f"lake-{HERE}.zip" == lake_twin.manifest.zip


def test_the_extensions_load_offline_from_the_package_alone(
    lake_task_folder: Path, runtime_folder: Path
) -> None:
    """By their paths, in a process that may fetch none and has nothing else."""
    code = (
        f"import sys; sys.path[:0] = [{str(lake_task_folder)!r}, {str(runtime_folder)!r}]\n"
        "from myrunstreak.lake.extensions import connect\n"
        "loaded = connect().execute('SELECT extension_name, install_path FROM duckdb_extensions() WHERE loaded')\n"
        "print([name for name, path in loaded.fetchall() if path != '(BUILT-IN)'])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
    assert set(EXTENSIONS) == set(re.findall(r"\w+", done.stdout))


def test_the_packages_lake_writer_works_under_the_real_runtime_client(
    lake_task_folder: Path, table_bucket: TableBucket, tmp_path: Path
) -> None:
    """A batch of the queue, the board, a removal: with signed requests to tables and files."""
    runner, club = new_runner_id(), table_bucket.settings(tmp_path / "club")
    record = Path(str(club.record_of(runner)))
    record.mkdir(parents=True)
    opened([on("2026-05-01", 1), on("2026-05-02", 2)], str(record / "runs.duckdb")).close()
    (record / "sharing.json").write_text(json.dumps({"sharing": "days"}))
    variables = club.to_env() | table_bucket.emulator.environment() | {"AWS_REGION": REGION}
    message = {"messageId": "1", "body": json.dumps({"runner": runner})}
    with LambdaFunction(LAKE_HANDLER, lake_task_folder, variables, tmp_path / "log") as function:
        assert {"batchItemFailures": []} == function.invoke({"Records": [message]}).body
        assert {"rows_removed": {}, "on_board": 1} == function.invoke({"board": True}).body
        removed = function.invoke({"remove": runner}).body
        refused = function.invoke({"remove": "ann"})
    assert {"rows_removed": {"runs": 2, "days": 2, "runners": 1}, "on_board": 0} == removed
    assert ("error", "InvalidSettings") == (refused.how, refused.body["errorType"])
