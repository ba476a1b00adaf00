"""A club's stack as the real program registers it, made in the emulator: every part is there, and the machine runs.

The packages are empty: what the functions do has its own tests.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stage.built_package import build_package
from tests.stage.emulator import Emulator
from tests.whole.rehearsal.engine import Deployment
from tests.whole.rehearsal.opening import copy_of_the_checkout, deploy_stack

pytestmark = pytest.mark.rehearsal

RUNNERS = [f"{number:026d}" for number in range(200)]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An AWS of our own, with TLS: the bucket's policy asks for it."""
    one = Emulator(tmp_path_factory.mktemp("club"))
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def deployment(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The stack."""
    folder = tmp_path_factory.mktemp("deployed")
    checkout = copy_of_the_checkout(folder / "checkout")
    for kind in ("lambda", "lake"):
        build_package(checkout, kind=kind)
    config = {"alarm_email": "operator@example.org", "club": "true", "aws_endpoint": emulator.url}
    return deploy_stack(checkout, folder, emulator, config)


def test_every_resource_of_a_club_can_be_made(deployment: Deployment, emulator: Emulator) -> None:
    """And the parts that are new to the emulator are as they were asked for."""
    outputs = deployment.outputs
    tables = emulator.client("s3tables")
    [namespace] = tables.list_namespaces(tableBucketARN=outputs["lake_tables"])["namespaces"]
    assert ["myrunstreak"] == namespace["namespace"]
    group = emulator.client("athena").get_work_group(WorkGroup=outputs["athena_workgroup"])["WorkGroup"]
    assert 10 * 1024**3 == group["Configuration"]["BytesScannedCutoffPerQuery"]
    triggers = {
        one["EventSourceArn"].split(":")[-1].rsplit("-", 1)[0]: one
        for one in emulator.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    }
    assert {"myrunstreak-dev-syncs": 1, "myrunstreak-dev-updates": 10_000} == {
        name: one["BatchSize"] for name, one in triggers.items()
    }
    assert all(one["FunctionArn"].endswith(":live") for one in triggers.values())
    writer = emulator.client("lambda").get_function(FunctionName=outputs["lake_function_name"])
    assert 1 == writer["Concurrency"]["ReservedConcurrentExecutions"]


def test_the_machine_tells_the_lake_of_every_runner_in_the_registry(
    deployment: Deployment, emulator: Emulator
) -> None:
    """It reads the registry itself, and sends what the lake's function reads."""
    outputs = deployment.outputs
    for one in emulator.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        emulator.client("lambda").update_event_source_mapping(UUID=one["UUID"], Enabled=False)
    registry = {"runners": [{"id": one, "name": f"Runner {one}"} for one in RUNNERS]}
    emulator.client("s3").put_object(
        Bucket=outputs["bucket_name"], Key="club/runners.json", Body=json.dumps(registry)
    )
    assert "SUCCEEDED" == run_machine(emulator, outputs["rebuild_machine"], {"what": "lake"})
    assert sorted(RUNNERS) == sorted(
        message["runner"] for message in received(emulator, outputs["lake_queue_url"])
    )
    assert "FAILED" == run_machine(emulator, outputs["rebuild_machine"], {"what": "everything"})


def run_machine(emulator: Emulator, machine: str, event: dict[str, Any]) -> str:
    """Start the machine and wait for its end."""
    client = emulator.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"]
    for _ in range(300):
        status = client.describe_execution(executionArn=execution)["status"]
        if status != "RUNNING":
            return str(status)
        time.sleep(0.1)
    raise AssertionError("the machine does not end")


def received(emulator: Emulator, queue_url: str) -> list[dict[str, Any]]:
    """Every message of a queue."""
    client = emulator.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(one["Body"]) for one in messages]
    return found
