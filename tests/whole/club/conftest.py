"""Two clubs for the tests of this folder: one on moto that enforces nothing, and one where IAM is enforced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stage.emulator import Emulator
from tests.stage.enforced_club import EnforcedClub
from tests.stage.lake import emulator
from tests.stage.town import Town

__all__ = ["emulator"]


@pytest.fixture
def enforced(emulator: Emulator) -> Iterator[EnforcedClub]:
    """A club without members."""
    with Town() as town:
        yield EnforcedClub(emulator, town)
