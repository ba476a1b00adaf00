"""Spark, asked line by line: SQL as JSON comes in, rows as JSON go out. Run by .venv-engines, with nothing of ours."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any


def main(settings: dict[str, str]) -> None:
    """Answer until there are no more questions; the first line out is the version."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the JVM prints where it likes
    sql: Any = import_module("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[*]").appName("engines")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **settings,
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    print(json.dumps({"version": session.version}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            reply: dict[str, object] = {
                "rows": [list(row) for row in session.sql(json.loads(line)).collect()]
            }
        except Exception as error:  # of any kind: the one who asks is told
            reply = {"error": str(error).splitlines()[0]}
        print(json.dumps(reply, default=str), file=answers, flush=True)
    session.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
