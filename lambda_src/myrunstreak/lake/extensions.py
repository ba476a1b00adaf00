"""DuckDB with the extensions that reach Iceberg tables: each from its installed wheel, loaded by path, never fetched."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.errors import InvalidSettings

if TYPE_CHECKING:
    import duckdb

# In the order in which they need each other.
EXTENSIONS: Final = ("httpfs", "avro", "iceberg")
_MB_PER_PROCESSOR: Final = 1769  # of a Lambda function that has one whole processor
# A file is uploaded in parts of this size, each held in memory, and up to 64 files are open at once: one for each bucket
# of runners. DuckDB's own 80 MB are for files of 800 GB.
_LARGEST_UPLOAD: Final = "50GB"


def connect(scratch: Path | None = None, memory_mb: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that holds nothing and can reach Iceberg tables.

    Args:
        scratch: a folder for what does not fit into memory.
        memory_mb: memory of the whole process, where it is limited; DuckDB gets half of it.

    Raises:
        InvalidSettings: an extension is not installed.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_persistent_secrets": False,
    }
    if scratch is not None:
        config["temp_directory"] = str(scratch)
    if memory_mb:
        config |= {
            "memory_limit": f"{memory_mb // 2}MB",
            "threads": max(1, memory_mb // _MB_PER_PROCESSOR),
        }
    connection = duckdb.connect(config=config)
    for name in EXTENSIONS:
        path = str(_extension_file(name, duckdb.__version__)).replace("'", "''")
        connection.execute(f"LOAD '{path}'")
    connection.execute(f"SET s3_uploader_max_filesize = '{_LARGEST_UPLOAD}'")
    return connection


def _extension_file(name: str, version: str) -> Path:
    spec = find_spec(f"duckdb_extension_{name}")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder, "extensions", f"v{version}", f"{name}.duckdb_extension")
        if file.is_file():
            return file
    raise InvalidSettings(
        f"DuckDB's extension {name} for version {version} is not installed here. The lake's writer has a package of its "
        "own: `make package LAKE=1`, and `pulumi up`."
    )
