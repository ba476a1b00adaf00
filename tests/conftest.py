"""For every test: long campaigns run only when they are asked for, and no example is held to a time."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.stage.aws import aws, cloud, moto_url
from tests.stage.s3_proxy import proxy
from tests.stage.secrets import open_it, reference

__all__ = ["aws", "cloud", "moto_url", "open_it", "proxy", "reference"]

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave `soak` tests out unless the markers named on the command line speak of them (`make soak`)."""
    if "soak" in str(config.getoption("markexpr")):
        return
    soak = [item for item in items if item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=soak)
    items[:] = [item for item in items if item not in soak]
