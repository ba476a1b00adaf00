"""A JSON secret in each kind of store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.document import JsonDocument

from tests.stage.aws import REGION


@pytest.fixture(params=["file", "secrets manager"])
def reference(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A secret that does not exist yet, in each kind of store."""
    if request.param == "file":
        return f"file:{tmp_path}/private/deep/tokens.json"
    request.getfixturevalue("aws")
    return f"myrunstreak/test/{uuid4().hex}"


@pytest.fixture
def open_it(reference: str) -> Callable[[], JsonDocument]:
    """Opens the same secret as often as asked, as separate processes would."""
    return lambda: open_secret(reference, REGION)
