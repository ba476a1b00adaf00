"""The messages as declared: when they start, what the function may do, and where its secrets are not."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from myrunstreak.contract.entry_points import MESSAGES_HANDLER
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.times import DIGEST_AT

from infra.components.message_channels import NO_CHANNELS
from tests.infra.conftest import MESSAGES
from tests.infra.recording import ACCOUNT, EMAIL, Recording, granted, grants, run_main

BUCKET = "arn:aws:s3:::myrunstreak-dev-runs-0a1b2c3"
FUNCTION = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:myrunstreak-dev-messages"
SYNC = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:myrunstreak-dev-sync"
TOPIC = f"arn:aws:sns:us-east-2:{ACCOUNT}:myrunstreak-dev-message-topic-0a1b2c3"
CHANNELS = f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/myrunstreak/dev/channels"
QUEUE = f"arn:aws:sqs:us-east-2:{ACCOUNT}:myrunstreak-dev-dead-letters-0a1b2c3"
LOG = f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:/aws/lambda/myrunstreak-dev-messages"


def test_the_grants_of_the_messages_are_these_and_no_others(dev: Recording, reminded: Recording) -> None:
    """Exact actions on exact resources: the record read, marks kept, the sync started, the runner told."""
    before = grants(dev)
    read = [f"{BUCKET}/{name}" for name in ("runs.duckdb", "freshness.json", "streaks.toml")]
    send = [(["sqs:SendMessage"], [QUEUE])]
    assert {
        "runs-for-messages": [
            (["s3:GetObject"], read),
            (["s3:GetObject", "s3:PutObject"], [f"{BUCKET}/messages/*"]),
        ],
        "sync-for-messages": [(["lambda:InvokeFunction"], [f"{SYNC}:live"])],
        "message-topic-for-messages": [(["sns:Publish"], [TOPIC])],
        "channels-for-messages": [(["ssm:GetParameter"], [CHANNELS])],
        "dead-letters-for-messages": send,
        "messages-own": [
            (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOG}:*"]),
            (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ],
        "messages-for-message-schedule": [(["lambda:InvokeFunction"], [f"{FUNCTION}:live"])],
        "dead-letters-for-message-schedule": send,
    } == {name: given for name, given in grants(reminded).items() if name not in before}
    assert before == {name: given for name, given in grants(reminded).items() if name in before}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:ListBucket", BUCKET),
        ("s3:GetObject", f"{BUCKET}/raw/activities/2026.json.zst"),
        ("s3:GetObject", f"{BUCKET}/sessions/sessions.json"),
        ("s3:PutObject", f"{BUCKET}/runs.duckdb"),
        ("s3:PutObject", f"{BUCKET}/freshness.json"),
        ("s3:PutObject", f"{BUCKET}/streaks.toml"),
        ("s3:PutObject", f"{BUCKET}/page/index.html"),
        ("s3:DeleteObject", f"{BUCKET}/messages/2026-11-27.json"),
        ("lambda:InvokeFunction", SYNC),
        ("lambda:InvokeFunction", f"{SYNC}:7"),
        ("sns:Publish", f"arn:aws:sns:us-east-2:{ACCOUNT}:myrunstreak-dev-alerting-0a1b2c3"),
        ("ssm:GetParameter", f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/myrunstreak/dev/api-keys"),
        ("ssm:PutParameter", CHANNELS),
        (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:myrunstreak/dev/smashrun/tokens-AbCdEf",
        ),
    ],
)
def test_what_a_stolen_function_could_not_do(reminded: Recording, action: str, resource: str) -> None:
    """Neither list nor change the record, nor reach tokens, keys and alarms."""
    allowed = granted(reminded, "-messages-role")
    assert ("sns:Publish", TOPIC) in allowed
    assert not any(a == action and fnmatchcase(resource, r) for a, r in allowed if r != "*")


def test_the_function_is_its_own_from_the_syncs_package(reminded: Recording) -> None:
    """Time for a sync and the channels, the API's memory, two more attempts, then the dead-letter queue."""
    sync, ours = (reminded.one(":Function", name) for name in ("-sync", "-messages"))
    assert MESSAGES_HANDLER == ours.inputs["handler"]
    for same in ("code", "runtime", "architectures", "tracingConfig", "publish"):
        assert sync.inputs[same] == ours.inputs[same], same
    assert (512, 180) == (ours.inputs["memorySize"], ours.inputs["timeout"])
    assert sync.inputs["role"] != ours.inputs["role"]
    assert "reservedConcurrentExecutions" not in ours.inputs
    failures = reminded.one(":FunctionEventInvokeConfig", "-messages-failures")
    assert ("live", 2, {"onFailure": {"destination": QUEUE}}) == (
        failures.inputs["qualifier"],
        failures.inputs["maximumRetryAttempts"],
        failures.inputs["destinationConfig"],
    )
    needed = {
        p.name for p in reminded.all(":RolePolicy") if p.name.endswith(("-for-messages", "messages-own"))
    }
    assert 6 == len(needed)
    assert needed <= {urn.split("::")[-1].removesuffix("-0a1b2c3-id") for urn in ours.depends_on}


def test_its_memory_is_the_apis_and_its_attempts_are_not_the_syncs() -> None:
    """Both read the same record; how often a sync is tried again says nothing about messages."""
    chosen = run_main("dev", MESSAGES | {"api_memory_mb": "1024", "retry_attempts": "0"})
    assert 1024 == chosen.one(":Function", "-messages").inputs["memorySize"]
    attempts = {
        one.name.removeprefix("myrunstreak-dev-"): one.inputs["maximumRetryAttempts"]
        for one in chosen.all(":FunctionEventInvokeConfig")
    }
    assert {"sync-failures": 0, "messages-failures": 2} == attempts


def test_its_environment_names_what_it_needs_and_nothing_that_it_may_not_read(reminded: Recording) -> None:
    """The sync's settings without its secrets; the sync, the topic, and the name of the channels' parameter."""
    sync, api, ours = (
        reminded.one(":Function", name).inputs["environment"]["variables"]
        for name in ("-sync", "-api", "-messages")
    )
    settings = Settings.from_env(ours | {"AWS_REGION": "us-east-2"})
    assert settings.to_env().keys() - ours.keys() == {"AWS_REGION", "TOKENS_SECRET", "SYNC_STATE_SECRET"}
    assert {
        ("SYNC_FUNCTION", f"{SYNC}:live"),
        ("MESSAGES_TOPIC", TOPIC),
        ("NOTIFY_URLS", "/myrunstreak/dev/channels"),
    } == ours.items() - sync.items()
    assert (["18:30", "21:30"], True, "Europe/Amsterdam") == (
        settings.reminder_times,
        settings.digest,
        settings.runner_timezone,
    )
    for other in (sync, api):
        assert not {"MESSAGES_TOPIC", "NOTIFY_URLS"} & other.keys()


def test_reminders_start_on_the_minute_in_the_runners_zone(reminded: Recording) -> None:
    """Each named after its time, with its kind and the time it meant; the digest before the day begins."""
    found = {
        one.name.removeprefix("myrunstreak-dev-reminders-"): (
            one.inputs["scheduleExpression"],
            json.loads(one.inputs["target"]["input"]),
        )
        for one in reminded.all(":Schedule")
        if "-reminders-" in one.name
    }
    at = {"scheduled_time": "<aws.scheduler.scheduled-time>"}
    hour, minute = map(int, DIGEST_AT.split(":"))
    assert {
        "1830": ("cron(30 18 * * ? *)", {"kind": "reminder"} | at),
        "2130": ("cron(30 21 * * ? *)", {"kind": "reminder"} | at),
        "digest": (f"cron({minute} {hour} * * ? *)", {"kind": "digest"} | at),
    } == found
    for name in found:
        inputs = reminded.one(":Schedule", f"-reminders-{name}").inputs
        target = inputs["target"]
        assert ("Europe/Amsterdam", {"mode": "OFF"}) == (
            inputs["scheduleExpressionTimezone"],
            inputs["flexibleTimeWindow"],
        )
        assert (f"{FUNCTION}:live", {"arn": QUEUE}) == (target["arn"], target["deadLetterConfig"])
        assert {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 3600} == target["retryPolicy"]
        assert inputs["groupName"].startswith("myrunstreak-dev-reminders-")


def test_the_schedules_role_is_for_their_group_alone(reminded: Recording) -> None:
    """Another group of the account, the syncs' among them, does not take it."""
    [trust] = reminded.one(":Role", "-reminders-role").policy("assumeRolePolicy")["Statement"]
    group = f"arn:aws:scheduler:us-east-2:{ACCOUNT}:schedule-group/myrunstreak-dev-reminders-0a1b2c3"
    assert {"Service": "scheduler.amazonaws.com"} == trust["Principal"]
    assert {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": group},
    } == trust["Condition"]


def test_reminders_and_digest_are_had_one_without_the_other() -> None:
    """The digest alone needs no zone, and is read in UTC."""
    reminders = run_main("dev", MESSAGES | {"digest": "false"})
    digest = run_main("dev", {"digest": "true"})

    def names(stack: Recording) -> set[str]:
        return {one.name for one in stack.all(":Schedule") if "-reminders-" in one.name}

    assert {"myrunstreak-dev-reminders-1830", "myrunstreak-dev-reminders-2130"} == names(reminders)
    assert {"myrunstreak-dev-reminders-digest"} == names(digest)
    assert "UTC" == digest.one(":Schedule", "-reminders-digest").inputs["scheduleExpressionTimezone"]


def test_messages_have_a_topic_of_their_own_that_only_tls_reaches(reminded: Recording) -> None:
    """No service may publish to it; the mails begin with the program's name."""
    topic = reminded.one(":Topic", "-message-topic")
    assert ("MyRunStreak", TOPIC) == (topic.inputs["displayName"], reminded.outputs["message_topic_arn"])
    [statement] = reminded.one(":TopicPolicy", "-message-topic-policy").policy()["Statement"]
    assert ("Deny", "*", "sns:Publish", [TOPIC], {"Bool": {"aws:SecureTransport": "false"}}) == (
        statement["Effect"],
        statement["Principal"],
        statement["Action"],
        statement["Resource"],
        statement["Condition"],
    )


def test_the_runners_addresses_are_subscribed_apart_from_the_operators() -> None:
    """And the operator's where no others are named."""
    own = MESSAGES | {"message_email": "a@example.org,b@example.org"}
    for config, messages in ((own, ["a@example.org", "b@example.org"]), (MESSAGES, [EMAIL])):
        stack = run_main("dev", config)
        subscribed = [
            (one.name.removeprefix("myrunstreak-dev-").partition("-email-")[0], one.inputs["endpoint"])
            for one in stack.all(":TopicSubscription")
        ]
        assert [("alerting", EMAIL), *(("message-topic", email) for email in messages)] == sorted(subscribed)


def test_the_channels_are_an_encrypted_parameter_whose_value_never_comes_back(reminded: Recording) -> None:
    """Write-only: Pulumi hands an empty object over once, and no refresh reads what the operator put there."""
    parameter = reminded.one(":Parameter", "-channels").inputs
    assert ("SecureString", "/myrunstreak/dev/channels") == (parameter["type"], parameter["name"])
    assert (NO_CHANNELS, 1) == (parameter["valueWo"]["value"], parameter["valueWoVersion"])
    assert not {"value", "insecureValue"} & parameter.keys()


def test_messages_can_be_turned_off_where_data_is_protected(prod: Recording) -> None:
    """Nothing of theirs stands in the way of the `pulumi up` that removes it, and no address stays behind."""
    known = {(resource.type, resource.name) for resource in prod.resources}
    theirs = [r for r in run_main("prod", MESSAGES).resources if (r.type, r.name) not in known]
    assert any(resource.type.endswith(":Parameter") for resource in theirs)
    assert not [resource.name for resource in theirs if resource.protect or resource.retain]


def test_nothing_is_told_of_the_channels_but_the_parameters_name(reminded: Recording) -> None:
    """No output is a secret, or holds more than a name."""
    assert set() == reminded.secret_outputs
    assert {
        "message_function_name": "myrunstreak-dev-messages",
        "message_topic_arn": TOPIC,
        "notify_urls_parameter": "/myrunstreak/dev/channels",
    }.items() <= reminded.outputs.items()
