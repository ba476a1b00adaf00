"""A real stack, put up by Pulumi's own engine: only when asked for by name (`make live`, or `pytest -m live`)."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.whole.live.stack import LiveStack


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the live tests out unless the command names them: they cost money and take minutes."""
    if re.search(r"(?<!not )\blive\b", config.option.markexpr):
        return
    ours = [item for item in items if item.get_closest_marker("live")]
    if ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """A stack of its own, empty so far; whatever happens, it is destroyed at the end."""
    if missing := what_is_missing():
        pytest.fail(f"The live test cannot run: {missing}", pytrace=False)
    stack = LiveStack.make(tmp_path_factory.mktemp("live"))
    try:
        yield stack
    finally:
        stack.close()


def what_is_missing() -> str:
    """What the live test needs and has not got, as one line; empty when it can run."""
    if not shutil.which("pulumi"):
        return "there is no `pulumi` command; install the Pulumi CLI, see docs/live-test.md."
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        if not urlsplit(endpoint).hostname:
            return f"AWS_ENDPOINT_URL is {endpoint!r}, which is no URL."
        return ""
    import boto3

    if boto3.session.Session().get_credentials() is None:
        return "there are no AWS credentials; run `aws configure`, or set AWS_ENDPOINT_URL for an emulator."
    return ""
