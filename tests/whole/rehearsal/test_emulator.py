"""What the emulator must be able to do for Pulumi's real provider (`make live`), which no boto3 asks of it."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from tests.stage.emulator import REGION, ROOT_USER
from tests.whole.rehearsal.rehearsal import Rehearsal

pytestmark = pytest.mark.rehearsal


def test_cloudwatch_answers_in_cbor(rehearsal: Rehearsal) -> None:
    """The SDK of Pulumi's provider speaks it. Without `cbor2` the answers are JSON, and `pulumi up` asks for ever."""
    session = botocore.session.get_session()
    model = session.get_component("data_loader").load_service_model(
        "cloudwatch", "service-2", api_version=None
    )
    model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]  # boto3 prefers JSON
    emulator = rehearsal.emulator
    session.set_credentials(*ROOT_USER.values())
    client: Any = session.create_client(
        "cloudwatch", REGION, endpoint_url=emulator.url, verify=str(emulator.certificate)
    )
    assert "smithy-rpc-v2-cbor" == client.meta.service_model.resolved_protocol
    pages = client.get_paginator("describe_alarms").paginate()
    known = {alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]}
    registered = rehearsal.deployment.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {alarm.outputs["name"] for alarm in registered} == known
