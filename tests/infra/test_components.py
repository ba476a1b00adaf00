"""What each component declares, down to actions, ARNs and days."""

from __future__ import annotations

import json
from typing import Any

import pytest
from myrunstreak.contract.entry_points import SYNC_HANDLER
from myrunstreak.contract.events import SyncEvent
from pydantic import BaseModel

from infra.components.run_store import bucket_policy, replication_policy, sync_policy
from infra.components.scheduler import window
from infra.documents.alarms import LONGEST_LOOK_S
from infra.documents.lifecycle import club_lifecycle_rules, lifecycle_rules
from tests.infra.recording import ACCOUNT, EMAIL, Recording, grants, run_main

BUCKET = "arn:aws:s3:::myrunstreak-dev-runs-0a1b2c3"
QUEUE = f"arn:aws:sqs:us-east-2:{ACCOUNT}:myrunstreak-dev-dead-letters-0a1b2c3"
SECRET = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:myrunstreak/dev/"
LOG = f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:/aws/lambda/myrunstreak-dev-sync"
KEYS = f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/myrunstreak/dev/api-keys"
ALIAS = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:myrunstreak-dev-sync:live"


def test_every_grant_names_exact_actions_on_exact_resources(dev: Recording) -> None:
    """The whole list; X-Ray's is the one `*`. The API lists nothing, and writes sign-ins and its log."""
    record = [
        f"{BUCKET}/runs.duckdb",
        f"{BUCKET}/freshness.json",
        f"{BUCKET}/raw/*",
        f"{BUCKET}/recordings/*",
        f"{BUCKET}/page/*",
    ]
    backups = [f"{BUCKET}/backups/weekly/*", f"{BUCKET}/backups/monthly/*"]
    secrets = [f"{SECRET}smashrun/tokens-AbCdEf", f"{SECRET}sync-state-AbCdEf"]
    send = (["sqs:SendMessage"], [QUEUE])
    assert {
        "runs-for-sync": [
            (["s3:GetObject"], [*record, f"{BUCKET}/streaks.toml"]),
            (["s3:PutObject"], record + backups),
            (["s3:ListBucket"], [BUCKET]),
        ],
        "credentials-for-sync": [
            (["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], secrets)
        ],
        "dead-letters-for-sync": [send],
        "sync-own": [
            (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOG}:*"]),
            (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ],
        "dead-letters-for-schedule": [send],
        "sync-for-schedule": [(["lambda:InvokeFunction"], [ALIAS])],
        "sync-for-api": [(["lambda:InvokeFunction"], [ALIAS])],
        "runs-for-api": [
            (
                ["s3:GetObject"],
                [f"{BUCKET}/{name}" for name in ("runs.duckdb", "freshness.json", "streaks.toml", "page/*")],
            ),
            (["s3:GetObject", "s3:PutObject"], [f"{BUCKET}/sessions/*"]),
        ],
        "api-keys-for-api": [(["ssm:GetParameter"], [KEYS])],
        "api-own": [
            (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOG.removesuffix('-sync')}-api:*"]),
            (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ],
    } == grants(dev)


def test_roles_are_for_one_service_and_the_schedulers_for_one_group(dev: Recording) -> None:
    """Nobody else's schedule takes the role."""
    trusts = {role.name: role.policy("assumeRolePolicy")["Statement"][0] for role in dev.all(":Role")}
    scheduler = trusts["myrunstreak-dev-daily-role"]
    assert {"Service": "lambda.amazonaws.com"} == trusts["myrunstreak-dev-sync-role"]["Principal"]
    assert {"Service": "scheduler.amazonaws.com"} == scheduler["Principal"]
    group = f"arn:aws:scheduler:us-east-2:{ACCOUNT}:schedule-group/myrunstreak-dev-daily-0a1b2c3"
    assert {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": group},
    } == scheduler["Condition"]


# The store.


def test_the_bucket_is_private_encrypted_versioned_and_reached_by_tls_only(every_stack: Recording) -> None:
    """And so is its replica."""
    stack = every_stack
    for access in stack.all(":BucketPublicAccessBlock"):
        assert all(access.inputs[f] for f in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"))  # fmt: skip  # noqa: E501
    for ownership in stack.all(":BucketOwnershipControls"):
        assert {"objectOwnership": "BucketOwnerEnforced"} == ownership.inputs["rule"]
    for encryption in stack.all(":BucketServerSideEncryptionConfiguration"):
        assert "AES256" in json.dumps(encryption.inputs["rules"])
    for versioning in stack.all(":BucketVersioning"):
        assert {"status": "Enabled"} == versioning.inputs["versioningConfiguration"]
    for policy in stack.all(":BucketPolicy"):
        [statement] = policy.policy()["Statement"]
        assert ("Deny", "*", "s3:*") == (statement["Effect"], statement["Principal"], statement["Action"])
        assert {"Bool": {"aws:SecureTransport": "false"}} == statement["Condition"]
        assert 2 == len(statement["Resource"])


def test_the_lifecycle_keeps_what_must_be_kept() -> None:
    """Databases 90 days and at least five, replaced pages and marks a week, raw objects for ever."""
    rules = {rule["id"]: rule for rule in lifecycle_rules()}
    prefixes = {name: rule["filter"]["prefix"] for name, rule in rules.items()}
    assert {
        "abandoned-uploads": "",
        "old-databases": "runs.duckdb",
        "old-freshness": "freshness.json",
        "old-recordings": "recordings/",
        "old-page": "page/",
        "old-sessions": "sessions/",
        "old-messages": "messages/",
        "old-leases": "lease.json",
        "raw-archive": "raw/",
        "weekly-backups": "backups/weekly/",
        "monthly-backups": "backups/monthly/",
        "replaced-backups": "backups/replaced/",
        "removed-backups": "backups/",
    } == prefixes
    kept = {"noncurrent_days": 90, "newer_noncurrent_versions": 5}
    assert kept == rules["old-databases"]["noncurrent_version_expiration"]
    for name in ("old-page", "old-sessions", "old-messages"):
        assert {"noncurrent_days": 7} == rules[name]["noncurrent_version_expiration"]
        assert "expiration" not in rules[name]
    assert {"days_after_initiation": 7} == rules["abandoned-uploads"]["abort_incomplete_multipart_upload"]
    for folder in ("weekly", "replaced"):
        assert {"days": 180} == rules[f"{folder}-backups"]["expiration"]
    assert {"days": 1830} == rules["monthly-backups"]["expiration"]
    raw = rules["raw-archive"]
    assert [{"days": 90, "storage_class": "GLACIER_IR"}] == raw["transitions"]
    assert not {"expiration", "noncurrent_version_expiration"} & raw.keys()


def test_the_lifecycle_of_a_club_tells_runners_apart_by_no_pattern() -> None:
    """Old versions of every record for 30 days and at least two; nothing of a record ends or moves by itself."""
    rules = {rule["id"]: rule for rule in club_lifecycle_rules()}
    prefixes = {name: rule["filter"]["prefix"] for name, rule in rules.items()}
    assert {
        "abandoned-uploads": "",
        "old-records": "runners/",
        "old-runners": "club/runners.json",
        "old-board": "club/board.json",
        "old-dispatched": "club/dispatched.json",
        "outcomes": "club/rebuilds/",
        "old-packages": "packages/",
    } == prefixes
    kept = {"noncurrent_days": 30, "newer_noncurrent_versions": 2}
    assert kept == rules["old-records"]["noncurrent_version_expiration"]
    assert {"outcomes"} == {name for name, rule in rules.items() if "expiration" in rule}
    assert not [name for name, rule in rules.items() if "transitions" in rule]
    for name in prefixes.keys() - {"abandoned-uploads", "old-records"}:
        assert {"noncurrent_days": 7} == rules[name]["noncurrent_version_expiration"]


def test_small_objects_are_not_moved_to_where_they_cost_more(stack: Recording) -> None:
    """Glacier Instant Retrieval bills at least 128 KB an object."""
    for lifecycle in stack.all(":BucketLifecycleConfiguration"):
        assert "all_storage_classes_128K" == lifecycle.inputs["transitionDefaultMinimumObjectSize"]
        assert len(lifecycle_rules()) == len(lifecycle.inputs["rules"])


def test_the_replica_gets_new_objects_and_no_deletions(prod: Recording) -> None:
    """A mistake in the first region must not reach the second."""
    [rule] = prod.one(":BucketReplicationConfig").inputs["rules"]
    assert {"status": "Disabled"} == rule["deleteMarkerReplication"]
    assert "Enabled" == rule["status"]
    policy = prod.one(":RolePolicy", "runs-replication").policy()
    [trust] = json.loads(prod.one(":Role", "runs-replication").inputs["assumeRolePolicy"])["Statement"]
    assert ({"Service": "s3.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}) == (
        trust["Principal"], trust["Condition"],
    )  # fmt: skip
    source, replica = (
        "arn:aws:s3:::myrunstreak-prod-runs-0a1b2c3",
        "arn:aws:s3:::myrunstreak-prod-runs-replica-0a1b2c3",
    )
    assert replication_policy(source, replica) == policy
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert not any("Delete" in action for action in actions)
    assert {"us-west-2"} == {secret.inputs["replicas"][0]["region"] for secret in prod.all(":Secret")}


def test_without_a_replica_region_there_is_none(dev: Recording) -> None:
    """One bucket, no replication, secrets in one region."""
    assert 1 == len(dev.all(":Bucket"))
    assert [] == dev.all(":BucketReplicationConfig")
    assert not any(secret.inputs.get("replicas") for secret in dev.all(":Secret"))


def test_the_policies_are_plain_functions() -> None:
    """They can be read and tested without Pulumi."""
    assert "s3:DeleteObject" not in json.dumps(sync_policy("arn:aws:s3:::b"))
    assert "Deny" == bucket_policy("arn:aws:s3:::b")["Statement"][0]["Effect"]


# The function.


def test_the_function_is_what_the_design_says(dev: Recording) -> None:
    """arm64, python3.12, 512 MB, 300 s, traced, JSON logs into its own group, nothing reserved."""
    inputs = dev.one(":Function", "-sync").inputs
    assert ["arm64"] == inputs["architectures"]
    assert ("python3.12", 512, 300, SYNC_HANDLER) == (
        inputs["runtime"],
        inputs["memorySize"],
        inputs["timeout"],
        inputs["handler"],
    )
    assert {"mode": "Active"} == inputs["tracingConfig"]
    assert {"size": 512} == inputs["ephemeralStorage"]
    assert "reservedConcurrentExecutions" not in inputs
    assert inputs["publish"]
    logging = inputs["loggingConfig"]
    assert ("JSON", "/aws/lambda/myrunstreak-dev-sync") == (logging["logFormat"], logging["logGroup"])
    log = dev.one(":LogGroup", "-sync-log").inputs
    assert (logging["logGroup"], 30) == (log["name"], log["retentionInDays"])
    assert [] == dev.all(":ProvisionedConcurrencyConfig")


def test_metrics_are_never_filtered_out_of_the_log() -> None:
    """They are lines without a level, which count as INFO, whatever LOG_LEVEL says."""
    logging = run_main("dev", {"log_level": "ERROR"}).one(":Function", "-sync").inputs["loggingConfig"]
    assert "INFO" == logging["applicationLogLevel"]


def test_failures_go_to_the_dead_letter_queue_after_retries(dev: Recording) -> None:
    """Set on the alias, which is what the schedule invokes; made after the role may send."""
    failures = dev.one(":FunctionEventInvokeConfig")
    assert "live" == failures.inputs["qualifier"]
    assert (2, 3600) == (failures.inputs["maximumRetryAttempts"], failures.inputs["maximumEventAgeInSeconds"])
    assert {"onFailure": {"destination": QUEUE}} == failures.inputs["destinationConfig"]
    assert any("dead-letters-for-sync" in urn for urn in failures.depends_on)


def test_the_function_comes_after_everything_it_is_allowed(dev: Recording) -> None:
    """No invocation comes before its rights."""
    needed = {
        policy.name for policy in dev.all(":RolePolicy") if policy.name.endswith(("-for-sync", "sync-own"))
    }
    assert 4 == len(needed)
    assert needed <= {
        urn.split("::")[-1].removesuffix("-0a1b2c3-id") for urn in dev.one(":Function", "-sync").depends_on
    }


def test_concurrency_is_reserved_and_provisioned_where_it_is_asked_for() -> None:
    """On the function, and on its alias."""
    chosen = run_main("dev", {"reserved_concurrency": "1", "provisioned_concurrency": "2"})
    assert 1 == chosen.one(":Function", "-sync").inputs["reservedConcurrentExecutions"]
    provisioned = chosen.one(":ProvisionedConcurrencyConfig").inputs
    assert (2, "live") == (provisioned["provisionedConcurrentExecutions"], provisioned["qualifier"])


# Queue and schedule.


def test_the_queue_is_encrypted_patient_and_reached_by_tls_only(stack: Recording) -> None:
    """What failed waits for two weeks."""
    queue = stack.one(":Queue").inputs
    assert (True, 14 * 86_400) == (queue["sqsManagedSseEnabled"], queue["messageRetentionSeconds"])
    [statement] = stack.one(":QueuePolicy").policy()["Statement"]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (
        statement["Effect"],
        statement["Condition"],
    )


def test_the_schedule_starts_the_alias_every_day_in_the_runners_zone() -> None:
    """With retries, a dead-letter queue, and the time it meant."""
    stack = run_main("dev", {"runner_timezone": "America/New_York"})
    inputs = stack.one(":Schedule", "-daily").inputs
    target = inputs["target"]
    assert ("cron(0 6 * * ? *)", "America/New_York") == (
        inputs["scheduleExpression"],
        inputs["scheduleExpressionTimezone"],
    )
    assert {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15} == inputs["flexibleTimeWindow"]
    assert (ALIAS, {"arn": QUEUE}) == (target["arn"], target["deadLetterConfig"])
    assert {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 3600} == target["retryPolicy"]
    assert "<aws.scheduler.scheduled-time>" == SyncEvent.parse(json.loads(target["input"])).scheduled_time
    assert {"mode": "OFF"} == window(0)


def test_each_further_time_starts_a_short_sync_on_the_minute_and_is_the_daily_schedules_twin() -> None:
    """Same group, role, target, retries and dead letters; named after its time, so that it stays when others go."""
    stack = run_main("dev", {"runner_timezone": "America/New_York", "extra_syncs": "12:30,22:00"})
    daily = stack.one(":Schedule", "-daily").inputs
    for name, expression in (("-extra-1230", "cron(30 12 * * ? *)"), ("-extra-2200", "cron(0 22 * * ? *)")):
        extra = stack.one(":Schedule", name)
        target = extra.inputs["target"]
        assert f"myrunstreak-dev-daily{name}" == extra.name
        assert expression == extra.inputs["scheduleExpression"]
        assert {"mode": "OFF"} == extra.inputs["flexibleTimeWindow"]
        for same in ("groupName", "scheduleExpressionTimezone"):
            assert daily[same] == extra.inputs[same]
        assert {**daily["target"], "input": target["input"]} == target
        event = SyncEvent.parse(json.loads(target["input"]))
        assert (True, "<aws.scheduler.scheduled-time>") == (event.short, event.scheduled_time)
        assert extra.depends_on == stack.one(":Schedule", "-daily").depends_on
    assert 3 == len(stack.all(":Schedule"))


def test_without_further_times_there_is_the_daily_schedule_alone() -> None:
    """And with nothing said, one at ten in the evening."""
    assert 1 == len(run_main("dev", {"extra_syncs": "none"}).all(":Schedule"))
    assert run_main("dev", {"extra_syncs": ""}).one(":Schedule", "-extra-2200")


# Alerting.


def test_every_address_is_subscribed() -> None:
    """Once each."""
    stack = run_main("dev", {"alarm_email": f"{EMAIL}, other@example.org,{EMAIL}"})
    subscribed = [(s.inputs["protocol"], s.inputs["endpoint"]) for s in stack.all(":TopicSubscription")]
    assert [("email", "other@example.org"), ("email", EMAIL)] == sorted(subscribed)


def test_alarms_and_budgets_may_publish_and_nobody_without_tls(stack: Recording) -> None:
    """Held to this account."""
    policy = {s["Sid"]: s for s in stack.one(":TopicPolicy", "-alerting-policy").policy()["Statement"]}
    assert {"Alarms", "Budgets", "TlsOnly"} == policy.keys()
    for sid, service in (("Alarms", "cloudwatch"), ("Budgets", "budgets")):
        assert {"Service": f"{service}.amazonaws.com"} == policy[sid]["Principal"]
        assert {"aws:SourceAccount": ACCOUNT} == policy[sid]["Condition"]["StringEquals"]
        assert [stack.outputs["alarm_topic_arn"]] == policy[sid]["Resource"]


def test_the_topics_own_key_lets_its_publishers_encrypt(dev: Recording, prod: Recording) -> None:
    """CloudWatch cannot use AWS's own key for SNS; a key of one's own costs a dollar, and so is a choice."""
    assert "kmsMasterKeyId" not in dev.one(":Topic").inputs
    assert [] == dev.all(":Key")
    key = prod.one(":Key")
    assert f"arn:aws:kms:us-east-2:{ACCOUNT}:key/myrunstreak-prod-alerting-key-0a1b2c3" == prod.one(":Topic").inputs["kmsMasterKeyId"]  # fmt: skip  # noqa: E501
    publishers = key.policy()["Statement"][1]
    assert {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]} == publishers["Principal"]
    assert ["kms:Decrypt", "kms:GenerateDataKey"] == publishers["Action"]
    assert {"StringEquals": {"aws:SourceAccount": ACCOUNT}} == publishers["Condition"]
    assert key.inputs["enableKeyRotation"]


def test_every_alarm_speaks_through_the_topic_both_ways(every_stack: Recording) -> None:
    """And its description ends with its place in the runbook; what else is in it: test_alarm_mails.py."""
    topic = [every_stack.outputs["alarm_topic_arn"]]
    for alarm in every_stack.all(":MetricAlarm"):
        assert topic == alarm.inputs["alarmActions"] == alarm.inputs["okActions"]
        description = alarm.inputs["alarmDescription"]
        key = alarm.name.split("-alerting-")[1]
        assert description.endswith(f"More: docs/operations.md#{key}")
        look = alarm.inputs["period"] * alarm.inputs["evaluationPeriods"]
        assert look <= (LONGEST_LOOK_S if alarm.inputs["period"] >= 3600 else 86_400), key


def test_the_budget_speaks_before_and_beyond_its_limit() -> None:
    """Of the whole account: a filter by tag would see nothing until the tag is activated for billing."""
    budget = run_main("dev", {"monthly_budget_usd": "12"}).one(":Budget").inputs
    assert ("12", "USD", "MONTHLY", "COST") == (
        budget["limitAmount"],
        budget["limitUnit"],
        budget["timeUnit"],
        budget["budgetType"],
    )
    assert [("ACTUAL", 80), ("FORECASTED", 100)] == [
        (n["notificationType"], n["threshold"]) for n in budget["notifications"]
    ]
    assert "costFilters" not in budget


class Widget(BaseModel):
    """What every widget of a dashboard has."""

    type: str
    x: int
    y: int
    width: int
    height: int
    properties: dict[str, Any]


@pytest.fixture
def widgets(dev: Recording) -> list[Widget]:
    """The dashboard's widgets."""
    body = json.loads(dev.one(":Dashboard").inputs["dashboardBody"])
    assert "-P90D" == body["start"]
    return [Widget.model_validate(widget) for widget in body["widgets"]]


def test_the_dashboard_shows_what_a_runner_asks(widgets: list[Widget]) -> None:
    """One panel for each question, none over another."""
    titles = {widget.properties.get("title") for widget in widgets}
    assert {
        None,
        "Runs synced",
        "Syncs: up to date, partial, failed, or without a new page",
        "Duration (s)",
        "Hours since the last success",
        "Details still to fetch, and days without any",
        "Quarantine",
        "Days until the token ends",
        "Requests to Smashrun",
        "Function: what it costs and how it ends",
        "Bucket (bytes)",
        "Dead letters",
        "Cold starts",
        "API: requests, refused (4xx, throttled ones among them) and failed (5xx)",
        "API: how long an answer takes (ms)",
        "API function: what it costs and how it ends",
    } == titles
    cells = [(x, y) for w in widgets for x in range(w.x, w.x + w.width) for y in range(w.y, w.y + w.height)]
    assert len(cells) == len(set(cells))
    assert 24 > max(x for x, _ in cells)


def test_the_dashboards_text_names_every_alarm_and_links_where_the_runbook_has_an_address(
    widgets: list[Widget], dev: Recording
) -> None:
    """What to do is one click away; a path would lead to nowhere in the console."""
    url = "https://git.example.org/me/runs/operations.md"
    linked = json.loads(run_main("dev", {"runbook_url": url}).one(":Dashboard").inputs["dashboardBody"])
    [text] = [widget.properties["markdown"] for widget in widgets if widget.type == "text"]
    for alarm in dev.all(":MetricAlarm"):
        key = alarm.name.split("-alerting-")[1]
        assert key in text
        assert f"[{key}]({url}#{key})" in linked["widgets"][0]["properties"]["markdown"]
    assert "](docs/" not in text
    assert "Runbook: docs/operations.md" in text
    assert "$252Faws$252Flambda$252Fmyrunstreak-dev-sync" in text
