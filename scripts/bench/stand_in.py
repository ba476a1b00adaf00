"""S3 on loopback: moto's server, the real HTTP protocol under the real client, and no AWS."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

BUCKET: Final = "myrunstreak-bench"
_REGION: Final = "us-east-2"


@contextmanager
def s3_stand_in() -> Generator[tuple[str, dict[str, str]]]:
    """A running stand-in with a versioned bucket: its address, and the environment its clients need."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
        session: Any = boto3.session.Session()
        client: Any = session.client("s3", endpoint_url=endpoint, region_name=_REGION, **keys)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        environment = {name.upper(): value for name, value in keys.items()}
        yield endpoint, {**environment, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": _REGION}
    finally:
        server.stop()
