"""Spark on this machine, in a process of its own: .venv-engines has PySpark, which nothing of ours needs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from myrunstreak.lake.board import Dialect

from scripts.engines import java
from scripts.engines.emulator import REGION, Emulator, last_words, running
from scripts.engines.engine import CATALOG, EngineFailed, Rows
from scripts.engines.errors import EnginesUnavailable
from scripts.engines.install import ROOT, find_artifact

_WORKER: Final = Path(__file__).with_name("spark_worker.py")
_LIBRARIES: Final = ("iceberg-spark-runtime-4.1_2.13", "iceberg-aws-bundle")


class Spark:
    """A client of one worker."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.dialect: Dialect = "spark"
        self.name = f"Spark {self._read()['version']}"

    def ask(self, sql: str) -> Rows:
        """The rows: days as text, numbers as numbers.

        Raises:
            EngineFailed: Spark refused the question.
        """
        assert self._process.stdin
        self._process.stdin.write(json.dumps(sql).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._read()
        if "error" in answer:
            raise EngineFailed(f"{self.name}: {answer['error']}")
        return answer["rows"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise EnginesUnavailable(f"Spark has ended. It said: {last_words(self._log)}")
        return json.loads(line)


@contextmanager
def running_spark(emulator: Emulator, folder: Path, memory_gb: int) -> Generator[Spark]:
    """Start a worker over the emulator's catalog; ``folder`` takes its log and scratch files.

    Raises:
        EnginesUnavailable: Spark or its Java is missing, or it does not start.
    """
    python = ROOT / ".venv-engines" / "bin" / "python"
    libraries = [find_artifact(name).file() for name in _LIBRARIES]
    if not all(path.exists() for path in (python, *libraries)):
        raise EnginesUnavailable("Spark is missing: run `make engines`.")
    folder.mkdir(parents=True)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "JAVA_HOME": str(java.find_java(java.SPARK, "Spark")),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "AWS_REGION": REGION,
    }
    settings = {
        "spark.driver.memory": f"{memory_gb}g",
        "spark.jars": ",".join(map(str, libraries)),
        **catalog_settings(emulator),
    }
    log = folder / "spark.log"
    command = [str(python), "-I", str(_WORKER), json.dumps(settings)]
    with running(command, log, environment, is_asked=True) as process:
        yield Spark(process, log)


def catalog_settings(emulator: Emulator) -> dict[str, str]:
    """The Iceberg catalog, which says itself how its files are read; what other engines write is seen at once."""
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "rest",
        f"{catalog}.uri": emulator.catalog_url,
        f"{catalog}.warehouse": emulator.warehouse,
        f"{catalog}.cache-enabled": "false",
    }
