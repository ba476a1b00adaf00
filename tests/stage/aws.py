"""AWS as moto's server speaks it: the real protocol, real boto3, on loopback."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from myrunstreak.contract.layout import FRESHNESS_NAME

REGION = "us-east-2"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The only moto server of this process: its buckets and secrets are the process's own anyway."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def aws_environment(url: str) -> dict[str, str]:
    """The environment that leads boto3 to this endpoint only, with keys that mean nothing."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "planted-access-key",
        "AWS_SECRET_ACCESS_KEY": "planted-secret-key",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def use_aws(patch: pytest.MonkeyPatch, url: str) -> None:
    """Put that environment in place of the user's own."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    for name, value in aws_environment(url).items():
        patch.setenv(name, value)


def new_bucket(name: str = "", region: str = REGION) -> str:
    """Make a versioned bucket; its name."""
    name = name or f"bucket-{uuid4().hex[:12]}"
    s3: Any = boto3.client("s3", region_name=region)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of a user with credentials; the region."""
    use_aws(monkeypatch, moto_url)
    return REGION


@dataclass
class Cloud:
    """A bucket and the names of two secrets, for one test."""

    url: str
    bucket: str = field(default_factory=lambda: f"runs-of-a-runner-{next(_numbers)}")

    @property
    def s3(self) -> Any:
        """A client of our own."""
        return boto3.client("s3", region_name=REGION)

    @property
    def settings(self) -> dict[str, str]:
        """The settings that keep everything here."""
        return {
            "duckdb_path": f"s3://{self.bucket}/record/runs.duckdb",
            "tokens_secret": f"{self.bucket}/tokens",
            "sync_state_secret": f"{self.bucket}/state",
        }

    def versions(self, suffix: str = "") -> list[tuple[str, str, str]]:
        """Key, version and ETag of everything that lies or lay in the bucket, oldest last per key.

        The note that the record is whole, which every complete sync writes, only where it is asked for.
        """
        listed = self.s3.list_object_versions(Bucket=self.bucket)
        found = listed.get("Versions", []) + [
            m | {"ETag": "deleted"} for m in listed.get("DeleteMarkers", [])
        ]
        return [
            (version["Key"], version["VersionId"], version["ETag"])
            for version in found
            if version["Key"].endswith(suffix) and (suffix or not version["Key"].endswith(FRESHNESS_NAME))
        ]

    def body(self, key: str) -> bytes:
        """An object."""
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def put(self, key: str, body: bytes) -> None:
        """Store an object, whatever there is."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def client_of(services: Any) -> object:
    """The S3 client that publishes the database."""
    return services.store._blobs._client  # type: ignore[attr-defined]  # pyright: ignore


def with_fault(
    client: Any, operation: str, fault: Callable[[AWSPreparedRequest], AWSResponse | None]
) -> None:
    """Let a function answer, or hinder, the requests of one operation of a client."""
    client.meta.events.register(f"before-send.s3.{operation}", lambda request, **_: fault(request))


def denied(request: AWSPreparedRequest) -> AWSResponse:
    """S3's answer where a policy does not allow something."""
    return answer(request, 403, "AccessDenied")


def answer(request: AWSPreparedRequest, status: int, code: str) -> AWSResponse:
    """An error as S3 sends it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return AWSResponse(request.url, status, {"content-type": "application/xml"}, _Body(body))  # pyright: ignore[reportArgumentType]


class _Body:
    """A response body that is already here."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """The body at once."""
        yield self._content

    def read(self, *_: object) -> bytes:
        """The body at once."""
        content, self._content = self._content, b""
        return content


class LostReply:
    """Forwards the first request whose key ends so, lets ``then`` happen, and loses the answer."""

    def __init__(
        self, suffix: str, then: Callable[[], object] = lambda: None, *, arrives: bool = True
    ) -> None:
        self._suffix, self._then, self._arrives = suffix, then, arrives
        self.lost = 0

    def __call__(self, request: AWSPreparedRequest) -> None:
        if self.lost or not request.url.split("?")[0].endswith(self._suffix):
            return
        self.lost += 1
        if self._arrives:
            status = URLLib3Session().send(request).status_code
            assert 200 == status
        self._then()
        raise ConnectionClosedError(endpoint_url=request.url)


@pytest.fixture
def cloud(aws: str, moto_url: str) -> Cloud:
    """A bucket of its own for the test."""
    made = Cloud(moto_url)
    new_bucket(made.bucket)
    return made
