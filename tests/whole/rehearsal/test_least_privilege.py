"""Nothing denied that is used, nothing granted that is not: every call of the rehearsal against every policy."""

from __future__ import annotations

import json

import pytest

from tests.stage.iam import Grant, Need, grants
from tests.whole.rehearsal.least_privilege import (
    denied,
    grants_of_role,
    idle,
    needs_of_call,
    needs_of_function,
    needs_of_schedule,
)
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

OUR_BUCKET = "arn:aws:s3:::ours"


def grant(action: str, resource: str, **condition: object) -> Grant:
    """One allowed action."""
    return Grant(action, resource, json.dumps(condition))


@pytest.fixture(scope="module")
def needs(rehearsal: Rehearsal, second_sync: Answer, dead_letters: list[str]) -> list[Need]:
    """What the function's role was and will be used for."""
    secrets = rehearsal.secret_arns()
    # The lease is taken on conditions, so that a 403 for one that is not there yet does no harm.
    note = rehearsal.output("lease").rpartition("/")[2]
    made = [
        need
        for call in rehearsal.calls()
        for need in needs_of_call(
            call, secrets, tells_absent_from_forbidden=call["parameters"].get("Key") != note
        )
    ]
    return made + needs_of_function(rehearsal.function, rehearsal.deployment)


def role_name(arn: str) -> str:
    """The name at the end of a role's ARN."""
    return arn.rpartition("/")[2]


@pytest.mark.rehearsal
def test_the_function_may_do_what_it_does_and_does_what_it_may(
    rehearsal: Rehearsal, needs: list[Need]
) -> None:
    """Both ways, action by action and resource by resource."""
    allowed = grants_of_role(rehearsal.deployment, role_name(rehearsal.function.inputs["role"]))
    assert [] == denied(needs, allowed)
    assert [] == idle(needs, allowed)


@pytest.mark.rehearsal
def test_the_schedules_may_do_what_they_do_and_do_what_they_may(rehearsal: Rehearsal) -> None:
    """Invoke their target, leave dead letters."""
    assert len(rehearsal.schedules) > 1
    for schedule in rehearsal.schedules:
        allowed = grants_of_role(rehearsal.deployment, role_name(schedule.inputs["target"]["roleArn"]))
        needs = needs_of_schedule(schedule)
        assert [] == denied(needs, allowed)
        assert [] == idle(needs, allowed)


@pytest.mark.rehearsal
def test_no_call_was_refused(rehearsal: Rehearsal, needs: list[Need]) -> None:
    """The emulator's IAM agrees with ours."""
    assert [] == [call for call in rehearsal.calls() if "AccessDenied" in str(call["error"])]


def test_a_grant_covers_its_action_on_its_resource_only() -> None:
    """Patterns reach as far as IAM's do, slashes included."""
    one = grant("s3:GetObject", f"{OUR_BUCKET}/raw/*")
    assert one.covers(Need("s3:GetObject", f"{OUR_BUCKET}/raw/deep/file"))
    assert not one.covers(Need("s3:GetObject", f"{OUR_BUCKET}/runs.duckdb"))
    assert not one.covers(Need("s3:PutObject", f"{OUR_BUCKET}/raw/file"))


def test_conditions_narrow_a_grant() -> None:
    """A list with another prefix, or with none, is not covered."""
    one = grant("s3:ListBucket", OUR_BUCKET, StringLike={"s3:prefix": ["raw/*", "runs.duckdb"]})
    assert one.covers(Need("s3:ListBucket", OUR_BUCKET, (("s3:prefix", "raw/2026"),)))
    assert not one.covers(Need("s3:ListBucket", OUR_BUCKET, (("s3:prefix", "other/"),)))
    assert not one.covers(Need("s3:ListBucket", OUR_BUCKET))


def test_an_unknown_condition_is_not_guessed_at() -> None:
    """Better a failing test than a permission that only seems to hold."""
    with pytest.raises(NotImplementedError, match="NumericLessThan"):
        grant("s3:GetObject", "*", NumericLessThan={"s3:max-keys": 5}).covers(Need("s3:GetObject", "x"))


def test_missing_and_idle_permissions_are_found() -> None:
    """Both ways."""
    used, unused = grant("s3:GetObject", f"{OUR_BUCKET}/*"), grant("s3:DeleteObject", f"{OUR_BUCKET}/*")
    needs = [Need("s3:GetObject", f"{OUR_BUCKET}/a"), Need("s3:PutObject", f"{OUR_BUCKET}/a")]
    assert [needs[1]] == denied(needs, [used, unused])
    assert [unused] == idle(needs, [used, unused])


def test_a_missing_object_is_told_from_a_forbidden_one_by_the_right_to_list() -> None:
    """AWS answers 403 instead of 404 to those who may not list, and the sync would stop on it."""
    call = {
        "service": "s3",
        "operation": "GetObject",
        "parameters": {"Bucket": "ours", "Key": "runs.duckdb"},
        "error": "NoSuchKey",
    }
    assert ["s3:GetObject", "s3:ListBucket"] == [need.action for need in needs_of_call(call, {})]


def test_a_function_is_started_by_the_name_that_the_grant_has() -> None:
    """By its alias, where that is granted: neither the function nor another version."""
    alias = "arn:aws:lambda:us-east-2:1:function:sync:live"
    call = {"service": "lambda", "operation": "Invoke", "parameters": {"FunctionName": alias}, "error": None}
    [need] = needs_of_call(call, {})
    assert grant("lambda:InvokeFunction", alias).covers(need)
    assert not grant("lambda:InvokeFunction", alias.removesuffix(":live")).covers(need)
    assert not grant("lambda:InvokeFunction", f"{alias}r").covers(need)


def test_a_call_that_nobody_has_described_is_refused() -> None:
    """So that a new one cannot slip through unjudged."""
    call = {"service": "s3", "operation": "RestoreObject", "parameters": {"Bucket": "b"}, "error": None}
    with pytest.raises(NotImplementedError, match="RestoreObject"):
        needs_of_call(call, {})


def test_statements_that_turn_the_logic_round_are_refused() -> None:
    """`NotAction` grants whatever is not listed."""
    policy = {"Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]}
    with pytest.raises(AssertionError, match="NotAction"):
        grants(json.dumps(policy))
