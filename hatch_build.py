"""Puts the dependencies of the distribution together, so that the Lambda's are stated once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    """The application's dependencies, from lambda_src/pyproject.toml, and those of the command line."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in what pyproject.toml declares as dynamic."""
        application = Path(self.root, "lambda_src", "pyproject.toml").read_text(encoding="utf-8")
        stated = tomllib.loads(application)["project"]["dependencies"]
        metadata["dependencies"] = [*stated, *self.config["dependencies"]]  # pyright: ignore[reportUnknownMemberType]
