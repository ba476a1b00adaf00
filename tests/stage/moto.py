"""AWS as moto's server speaks it: the real protocol, real boto3, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer
from myrunstreak.secrets.documents import JsonSecret, open_secret

REGION = "us-east-2"


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A moto server of this test run."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of somebody with credentials; the region."""
    for name, value in {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return REGION


@pytest.fixture(params=["file", "secrets manager"])
def reference(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A secret that does not exist yet, in each kind of store."""
    if request.param == "file":
        return f"file:{tmp_path}/private/deep/tokens.json"
    request.getfixturevalue("aws")
    return f"myrunstreak/test/{uuid4().hex}"


@pytest.fixture
def open_it(reference: str) -> Callable[[], JsonSecret]:
    """Opens the same secret as often as asked, as separate processes would."""
    return lambda: open_secret(reference, REGION)
