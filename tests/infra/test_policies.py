"""The policy pack's rules: what the stacks register passes, and each rule catches its own example."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from infra.config import StackConfig
from infra.policies.rules import CHECKS, Check, check_buckets
from tests.infra.recording import ROOT, Recording

BY_NAME = {check.name: check for check in CHECKS}


def allowing(**statement: Any) -> dict[str, Any]:
    """A role's policy with one statement."""
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", **statement}]})}


BAD = [
    ("encrypted", "aws:s3/x:BucketServerSideEncryptionConfiguration", {"rules": []}),
    ("encrypted", "aws:sqs/queue:Queue", {"sqsManagedSseEnabled": False}),
    ("topic-encrypted", "aws:sns/topic:Topic", {}),
    ("topic-encrypted", "aws:sns/topic:Topic", {"kmsMasterKeyId": "alias/aws/sns"}),
    ("not-public", "aws:s3/x:BucketPublicAccessBlock", {"blockPublicAcls": True, "blockPublicPolicy": True}),
    (
        "not-public",
        "aws:s3/x:BucketPolicy",
        allowing(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::b/*"),
    ),
    ("no-wildcards", "aws:iam/x:RolePolicy", allowing(Action="s3:*", Resource="arn:aws:s3:::b")),
    ("no-wildcards", "aws:iam/x:RolePolicy", allowing(Action=["s3:GetObject"], Resource="*")),
    (
        "no-wildcards",
        "aws:iam/x:RolePolicy",
        allowing(Action=["sqs:SendMessage"], Resource="arn:aws:sqs:*:1:q"),
    ),
    ("logs-end", "aws:cloudwatch/logGroup:LogGroup", {}),
    ("logs-end", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0}),
    ("tagged", "aws:iam/role:Role", {"tags": {"Project": "myrunstreak"}}),
    ("doors-limited", "aws:apigatewayv2/stage:Stage", {"defaultRouteSettings": {"throttlingRateLimit": 2}}),
    (
        "doors-limited",
        "aws:apigatewayv2/stage:Stage",
        {
            "defaultRouteSettings": {"throttlingRateLimit": 2, "throttlingBurstLimit": 50},
            "accessLogSettings": {"format": '{"agent": "$context.identity.userAgent"}'},
        },
    ),
    ("callers-named", "aws:lambda/permission:Permission", {"principal": "apigateway.amazonaws.com"}),
    ("queries-bounded", "aws:athena/workgroup:Workgroup", {"configuration": {}}),
    (
        "queries-bounded",
        "aws:athena/workgroup:Workgroup",
        {"configuration": {"bytesScannedCutoffPerQuery": 1, "enforceWorkgroupConfiguration": False}},
    ),
    ("alarms-act", "aws:cloudwatch/x:MetricAlarm", {"alarmActions": ["topic"], "okActions": []}),
]


@pytest.mark.parametrize(("name", "kind", "inputs"), BAD)
def test_each_rule_catches_its_example(name: str, kind: str, inputs: dict[str, Any]) -> None:
    """A rule that nothing can break would hold nothing."""
    assert [] != BY_NAME[name].rule(kind, inputs)


def test_every_retention_that_the_configuration_accepts_passes() -> None:
    """The pack refuses no stack that the program makes."""
    longest = StackConfig.parse({"alarm_email": "runner@example.org", "log_retention_days": "3653"})
    kept = {"retentionInDays": longest.log_retention_days}
    assert [] == BY_NAME["logs-end"].rule("aws:cloudwatch/logGroup:LogGroup", kept)


def test_every_rule_has_a_failing_example() -> None:
    """A new rule brings its example along."""
    assert {check.name for check in CHECKS} == {name for name, _, _ in BAD}


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check.mandatory], ids=lambda check: check.name
)
def test_every_stack_keeps_to_the_rules(check: Check, every_stack: Recording) -> None:
    """What the real program registers passes."""
    problems = [
        f"{r.name}: {problem}" for r in every_stack.resources for problem in check.rule(r.type, r.inputs)
    ]
    assert [] == problems


def test_the_prod_stack_encrypts_its_topic_and_dev_saves_the_dollar(dev: Recording, prod: Recording) -> None:
    """The one rule that only advises, and why: decision 0004."""
    topics = {stack: BY_NAME["topic-encrypted"].rule(t.type, t.inputs) for stack, t in
              (("dev", dev.one(":Topic")), ("prod", prod.one(":Topic")))}  # fmt: skip
    assert [] == topics["prod"]
    assert 1 == len(topics["dev"])


def test_every_bucket_is_complete(every_stack: Recording) -> None:
    """And a bucket without companions is found."""
    assert [] == check_buckets([(r.type, r.inputs) for r in every_stack.resources])
    assert 5 == len(check_buckets([("aws:s3/bucket:Bucket", {})]))


def test_the_rules_need_no_policy_library() -> None:
    """They are run by pytest, where pulumi_policy cannot be installed."""
    tree = ast.parse((ROOT / "infra/policies/rules.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {"__future__", "collections.abc", "dataclasses", "typing"} == imported
