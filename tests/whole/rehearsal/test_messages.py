"""The messages as deployed: who may be told what, and by whom; the function's role held by the emulator's IAM."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.whole.rehearsal.least_privilege import denied, grants_of_role, idle, needs_of_schedule
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

pytestmark = pytest.mark.rehearsal


def test_what_the_function_sends_reaches_the_subscribers_of_its_topic(
    rehearsal: Rehearsal, mailbox: str
) -> None:
    """Its own role publishes, through the topic's policy; beside the runner's address a queue of ours listens."""
    topic = rehearsal.output("message_topic_arn")
    subscribed = rehearsal.emulator.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {("email", "runner@example.org"), ("sqs", mailbox)} == {
        (one["Protocol"], one["Endpoint"]) for one in subscribed
    }
    me = rehearsal.as_role(rehearsal.message_function.inputs["role"])
    rehearsal.emulator.client("sns", **me).publish(
        TopicArn=topic, Subject="Open", Message="Day 40 is still open."
    )
    [message] = rehearsal.messages(mailbox)
    assert "Day 40 is still open." == json.loads(message)["Message"]


def test_the_channels_begin_empty_and_encrypted_and_the_function_can_read_them(rehearsal: Rehearsal) -> None:
    """What the operator adds is for the function's eyes; it changes nothing there."""
    name = rehearsal.output("notify_urls_parameter")
    kept = rehearsal.emulator.client("ssm").get_parameter(Name=name)["Parameter"]
    assert "SecureString" == kept["Type"]
    ssm = rehearsal.emulator.client("ssm", **rehearsal.as_role(rehearsal.message_function.inputs["role"]))
    channels = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    assert [] == channels.get("urls", [])
    with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
        ssm.put_parameter(Name=name, Value="{}", Type="SecureString", Overwrite=True)


def test_the_functions_role_reads_the_record_keeps_its_marks_and_may_do_nothing_else(
    rehearsal: Rehearsal, first_sync: Answer
) -> None:
    """Neither list nor change the record, nor reach tokens, keys and alarms, nor the sync but its alias."""
    ours, (_, key) = rehearsal.output("bucket_name"), rehearsal.database()
    archived = next(key for key in rehearsal.objects() if key.startswith("raw/"))
    me = rehearsal.as_role(rehearsal.message_function.inputs["role"])
    s3 = rehearsal.emulator.client("s3", **me)
    for name in (key, "freshness.json"):
        assert s3.get_object(Bucket=ours, Key=name)["ContentLength"]
    s3.put_object(Bucket=ours, Key="messages/mark.json", Body=b"{}", IfNoneMatch="*")
    assert b"{}" == s3.get_object(Bucket=ours, Key="messages/mark.json")["Body"].read()
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("s3", "list_objects_v2", {"Bucket": ours}),
        ("s3", "list_objects_v2", {"Bucket": ours, "Prefix": "messages/"}),
        ("s3", "get_object", {"Bucket": ours, "Key": archived}),
        ("s3", "get_object", {"Bucket": ours, "Key": "sessions/sessions.json"}),
        ("s3", "put_object", {"Bucket": ours, "Key": key, "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "freshness.json", "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "streaks.toml", "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "page/index.html", "Body": b""}),
        ("s3", "delete_object", {"Bucket": ours, "Key": "messages/mark.json"}),
        ("sns", "publish", {"TopicArn": rehearsal.output("alarm_topic_arn"), "Message": "x"}),
        ("sns", "list_topics", {}),
        ("ssm", "get_parameter", {"Name": rehearsal.output("api_keys_parameter")}),
        ("secretsmanager", "get_secret_value", {"SecretId": rehearsal.output("tokens_secret_name")}),
        ("secretsmanager", "get_secret_value", {"SecretId": rehearsal.output("sync_state_secret_name")}),
        ("lambda", "invoke", {"FunctionName": rehearsal.function.outputs["name"]}),
        ("lambda", "invoke", {"FunctionName": f"{rehearsal.function.outputs['arn']}:$LATEST"}),
        ("lambda", "invoke", {"FunctionName": rehearsal.message_function.outputs["name"]}),
        ("iam", "list_roles", {}),
    ]
    for service, operation, parameters in attempts:
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized|AuthorizationError"):
            getattr(rehearsal.emulator.client(service, **me), operation)(**parameters)


def test_the_schedules_may_start_the_messages_and_do_nothing_else(rehearsal: Rehearsal) -> None:
    """Both ways: invoke their target and leave dead letters, and neither start the sync nor tell the runner."""
    assert ["1830", "2130", "digest"] == [one.name.rpartition("-")[2] for one in rehearsal.message_schedules]
    for schedule in rehearsal.message_schedules:
        allowed = grants_of_role(
            rehearsal.deployment, schedule.inputs["target"]["roleArn"].rpartition("/")[2]
        )
        needs = needs_of_schedule(schedule)
        assert [] == denied(needs, allowed)
        assert [] == idle(needs, allowed)
    me = rehearsal.as_role(rehearsal.message_schedules[0].inputs["target"]["roleArn"])
    for service, operation, parameters in (
        ("lambda", "invoke", {"FunctionName": rehearsal.schedule.inputs["target"]["arn"]}),
        ("lambda", "invoke", {"FunctionName": rehearsal.message_function.outputs["name"]}),
        ("sns", "publish", {"TopicArn": rehearsal.output("message_topic_arn"), "Message": "x"}),
        ("s3", "list_objects_v2", {"Bucket": rehearsal.output("bucket_name")}),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized|AuthorizationError"):
            getattr(rehearsal.emulator.client(service, **me), operation)(**parameters)


def test_each_schedule_says_which_message_and_when_it_was_due(rehearsal: Rehearsal) -> None:
    """As stored in AWS: the reminders' kind and the digest's, in the runner's zone, on the minute."""
    stored = [
        rehearsal.emulator.client("scheduler").get_schedule(
            Name=one.outputs["name"], GroupName=one.outputs["groupName"]
        )
        for one in rehearsal.message_schedules
    ]
    assert ["cron(30 18 * * ? *)", "cron(30 21 * * ? *)", "cron(30 7 * * ? *)"] == [
        one["ScheduleExpression"] for one in stored
    ]
    assert {(rehearsal.zone.key, "OFF")} == {
        (one["ScheduleExpressionTimezone"], one["FlexibleTimeWindow"]["Mode"]) for one in stored
    }
    events = [json.loads(rehearsal.event_of_the_schedule(one)) for one in rehearsal.message_schedules]
    assert ["reminder", "reminder", "digest"] == [event["kind"] for event in events]
    assert all(event["scheduled_time"].endswith("Z") for event in events)
