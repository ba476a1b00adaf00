"""The rules, as functions over resources: no policy library is needed to read or to test them.

A rule takes a resource's type and inputs as the provider spells them and returns what is wrong with it. Inputs that
are not known yet (in a preview) are absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

Inputs = Mapping[str, Any]
Rule = Callable[[str, Inputs], list[str]]
Fleet = Sequence[tuple[str, Inputs]]

_TAGGED: Final = frozenset(
    {
        "aws:apigatewayv2/api:Api",
        "aws:apigatewayv2/stage:Stage",
        "aws:athena/workgroup:Workgroup",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:s3tables/tableBucket:TableBucket",
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:sfn/stateMachine:StateMachine",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "aws:ssm/parameter:Parameter",
        "aws:budgets/budget:Budget",
    }
)
# X-Ray's API knows no resources.
_WITHOUT_RESOURCES: Final = frozenset({"xray:PutTraceSegments", "xray:PutTelemetryRecords"})
_PROTECTIONS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# What each bucket has to come with.
_COMPANIONS: Final = (
    "BucketServerSideEncryptionConfiguration",
    "BucketPublicAccessBlock",
    "BucketVersioning",
    "BucketPolicy",
    "BucketOwnershipControls",
)
# Parts of the names of access-log variables that repeat what a caller sent.
_TELLTALE: Final = ("authorizer", "header", "querystring", "userAgent")


@dataclass(frozen=True)
class Check:
    """A rule with its name and what it asks for."""

    name: str
    description: str
    rule: Rule
    mandatory: bool = True


def check_encryption(kind: str, inputs: Inputs) -> list[str]:
    """Buckets and queues are encrypted at rest."""
    if kind.endswith(":BucketServerSideEncryptionConfiguration"):
        algorithms = [
            rule.get("applyServerSideEncryptionByDefault", {}).get("sseAlgorithm")
            for rule in inputs.get("rules", [])
        ]
        if not algorithms or not set(algorithms) <= {"AES256", "aws:kms", "aws:kms:dsse"}:
            return ["the bucket's encryption names no algorithm of S3's"]
    if kind == "aws:sqs/queue:Queue" and not (
        inputs.get("sqsManagedSseEnabled") or inputs.get("kmsMasterKeyId")
    ):
        return ["the queue is not encrypted: set sqs_managed_sse_enabled"]
    return []


def check_topic_key(kind: str, inputs: Inputs) -> list[str]:
    """Topics are encrypted with a key that their publishers may use."""
    if kind != "aws:sns/topic:Topic":
        return []
    key = inputs.get("kmsMasterKeyId")
    if key is None:
        return ["the topic has no key of its own; for the alarms': set alarm_topic_key (a dollar a month)"]
    if key == "alias/aws/sns":
        return ["CloudWatch cannot publish under AWS's own key for SNS: the alarms would be silent"]
    return []


def check_public_access(kind: str, inputs: Inputs) -> list[str]:
    """Nothing can be made public: buckets, and policies that allow anyone."""
    if kind.endswith(":BucketPublicAccessBlock"):
        return [f"{name} is not true" for name in _PROTECTIONS if inputs.get(name) is not True]
    return [
        "a policy allows anyone"
        for statement in _allowing(inputs)
        if statement.get("Principal") in ("*", {"AWS": "*"}) and "Condition" not in statement
    ]


def check_wildcards(kind: str, inputs: Inputs) -> list[str]:
    """Policies name exact actions, and resources wherever AWS knows them. In a key's policy `*` is the key."""
    if kind == "aws:kms/key:Key":
        return []
    found: list[str] = []
    for statement in _allowing(inputs):
        actions, resources = _texts(statement.get("Action")), _texts(statement.get("Resource"))
        found += [f"the action {action} is a wildcard" for action in actions if "*" in action]
        if "*" in resources and not set(actions) <= _WITHOUT_RESOURCES:
            found.append(f"{', '.join(actions)} on every resource")
        found += [
            f"the resource {resource} spans whole services or accounts"
            for resource in resources
            if resource != "*" and "*" in ":".join(resource.split(":")[:5])
        ]
    return found


def check_retention(kind: str, inputs: Inputs) -> list[str]:
    """Log groups have a retention."""
    # 0 stands for ever; how long is the configuration's to say.
    if kind.endswith(":LogGroup") and not inputs.get("retentionInDays"):
        return ["the log group keeps everything: set log_retention_days"]
    return []


def check_tags(kind: str, inputs: Inputs) -> list[str]:
    """A resource that can carry tags names its component."""
    return (
        ["it has no tag Component"] if kind in _TAGGED and "Component" not in inputs.get("tags", {}) else []
    )


def check_alarm_actions(kind: str, inputs: Inputs) -> list[str]:
    """An alarm sends a message when it rings and when it ends."""
    if not kind.endswith(":MetricAlarm"):
        return []
    return [f"the alarm has no {name}" for name in ("alarmActions", "okActions") if not inputs.get(name)]


def check_throttling(kind: str, inputs: Inputs) -> list[str]:
    """An API that the Internet reaches is throttled, and logs neither query strings nor headers."""
    if kind != "aws:apigatewayv2/stage:Stage":
        return []
    limits, log = (
        inputs.get("defaultRouteSettings", {}),
        inputs.get("accessLogSettings", {}).get("format", ""),
    )
    missing = [
        f"the stage has no {limit}"
        for limit in ("throttlingRateLimit", "throttlingBurstLimit")
        if not limits.get(limit)
    ]
    return missing + [f"the access log shows {part}" for part in _TELLTALE if part in log]


def check_queries(kind: str, inputs: Inputs) -> list[str]:
    """A query of Athena reads so much at most, and no client can choose otherwise."""
    if kind != "aws:athena/workgroup:Workgroup":
        return []
    settings = inputs.get("configuration", {})
    wanted = ("bytesScannedCutoffPerQuery", "enforceWorkgroupConfiguration")
    return [f"the workgroup has no {name}" for name in wanted if not settings.get(name)]


def check_callers(kind: str, inputs: Inputs) -> list[str]:
    """A service may call a function for one named resource only."""
    if kind != "aws:lambda/permission:Permission" or "." not in inputs.get("principal", ""):
        return []
    return (
        []
        if inputs.get("sourceArn")
        else ["any resource of that service may call the function: set source_arn"]
    )


def check_buckets(fleet: Fleet) -> list[str]:
    """Every bucket comes with encryption, versioning, ownership, a policy and no public access."""
    buckets = sum(kind == "aws:s3/bucket:Bucket" for kind, _ in fleet)
    return [
        f"{buckets} buckets, but {count} of {companion}"
        for companion in _COMPANIONS
        if (count := sum(kind.endswith(f":{companion}") for kind, _ in fleet)) < buckets
    ]


CHECKS: Final = (
    Check("encrypted", "Buckets and queues are encrypted at rest.", check_encryption),
    Check(
        "topic-encrypted",
        "Topics are encrypted with a key of one's own; it costs a dollar a month, so that this only advises.",
        check_topic_key,
        mandatory=False,
    ),
    Check("not-public", "Nothing can be made public.", check_public_access),
    Check("no-wildcards", "Policies name exact actions and resources.", check_wildcards),
    Check("logs-end", "Log groups have a retention.", check_retention),
    Check("tagged", "Resources say which component they belong to.", check_tags),
    Check("alarms-act", "Alarms send a message.", check_alarm_actions),
    Check(
        "doors-limited",
        "What the Internet reaches is throttled, and its log holds no keys.",
        check_throttling,
    ),
    Check("queries-bounded", "A query reads no more than was decided.", check_queries),
    Check("callers-named", "Functions are called for named resources only.", check_callers),
)


def _allowing(inputs: Inputs) -> list[Mapping[str, Any]]:
    text = inputs.get("policy")
    if not isinstance(text, str):
        return []
    statements = json.loads(text).get("Statement", [])
    return [statement for statement in statements if statement.get("Effect") == "Allow"]


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in cast("list[object]", value or [])]
