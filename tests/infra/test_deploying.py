"""docs/deploying-policy.json lets its holder deploy every stack and do what the runbook asks, and nothing else.

A club needs docs/deploying-club-policy.json beside it.
"""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatchcase
from typing import Any

import botocore.session
import pytest

from tests.infra.conftest import MESSAGES
from tests.infra.recording import ACCOUNT, ROOT, SUFFIX, Recording, Registered, run_main

POLICY = json.loads((ROOT / "docs" / "deploying-policy.json").read_text())
CLUB_POLICY = json.loads((ROOT / "docs" / "deploying-club-policy.json").read_text())
PAGE = (ROOT / "docs" / "deploying.md").read_text()
RIGHTS = tomllib.loads((ROOT / "tests" / "infra" / "rights.toml").read_text())
NEEDS: dict[str, list[str]] = RIGHTS["types"]
NEEDED = {action for actions in (*NEEDS.values(), *RIGHTS["other"].values()) for action in actions}
CLUB_NEEDS: dict[str, list[str]] = RIGHTS["club"]
CLUB_NEEDED = {
    action for actions in (*CLUB_NEEDS.values(), *RIGHTS["club_other"].values()) for action in actions
}
REGION = "us-east-2"
# Where an action is no operation's name.
NO_OPERATION = {
    "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT",
    "budgets:ModifyBudget", "budgets:ViewBudget", "iam:PassRole", "lambda:InvokeFunction",
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:UpdateLogDelivery", "s3:DeleteObjectVersion",
    "s3:GetObjectVersion", "s3tables:GetTableData",
}  # fmt: skip


def grants(policy: dict[str, Any] = POLICY) -> list[tuple[str, str]]:
    """Each action pattern on each resource pattern."""
    return [(a, r) for s in policy["Statement"] for a in s["Action"] for r in s["Resource"]]


def arn(resource: Registered, action: str) -> str:
    """What AWS checks an action on a resource against."""
    service = resource.type.partition("/")[0].removeprefix("aws:")
    inputs, name = resource.inputs, f"{resource.name}-{SUFFIX}"
    at = f"{REGION}:{ACCOUNT}"
    match resource.type.removeprefix("aws:").partition("/")[2]:
        case "logGroup:LogGroup":
            return f"arn:aws:logs:{at}:log-group:{inputs['name']}:*"
        case "metricAlarm:MetricAlarm":
            return f"arn:aws:cloudwatch:{at}:alarm:{name}"
        case "dashboard:Dashboard":
            return f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{inputs['dashboardName']}"
        case "role:Role":
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        case "rolePolicy:RolePolicy":
            return f"arn:aws:iam::{ACCOUNT}:role/{inputs['role']}"
        case "secret:Secret":
            return f"arn:aws:secretsmanager:{at}:secret:{inputs['name']}-AbCdEf"
        case "parameter:Parameter":
            return f"arn:aws:ssm:{at}:parameter{inputs['name']}"
        case "schedule:Schedule":
            return f"arn:aws:scheduler:{at}:schedule/{inputs['groupName']}/{name}"
        case "scheduleGroup:ScheduleGroup":
            return f"arn:aws:scheduler:{at}:schedule-group/{name}"
        case "budget:Budget":
            return f"arn:aws:budgets::{ACCOUNT}:budget/{name}"
        case "key:Key":
            return "*" if action == "kms:CreateKey" else f"arn:aws:kms:{at}:key/1234abcd"
        case "function:Function":
            return f"arn:aws:lambda:{at}:function:{inputs['name']}"
        case "eventSourceMapping:EventSourceMapping":
            return f"arn:aws:lambda:{at}:event-source-mapping:1234abcd"
        case "stateMachine:StateMachine":
            return f"arn:aws:states:{at}:stateMachine:{name}"
        case "workgroup:Workgroup":
            return f"arn:aws:athena:{at}:workgroup/{inputs['name']}"
        case "tableBucket:TableBucket":
            return f"arn:aws:s3tables:{at}:bucket/{inputs['name']}"
        case "namespace:Namespace":
            return str(inputs["tableBucketArn"])
        case "bucketObjectv2:BucketObjectv2":
            return f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"
        case "topicSubscription:TopicSubscription" | "topicPolicy:TopicPolicy":
            return str(inputs.get("topic") or inputs["arn"])
        case "queuePolicy:QueuePolicy":
            return f"arn:aws:sqs:{at}:{inputs['queueUrl'].rpartition('/')[2]}"
        case _:
            pass
    match service:
        case "apigatewayv2":
            place = "/tags/arn" if "Tag" in action else "/apis/a1b2c3d4e5/routes"
            return f"arn:aws:apigateway:{REGION}::{place}"
        case "lambda":
            return f"arn:aws:lambda:{at}:function:{inputs.get('functionName') or inputs.get('function')}"
        case "s3":
            return f"arn:aws:s3:::{inputs.get('bucket') or name}"
        case _:
            return f"arn:aws:{service}:{at}:{name}"


@pytest.fixture(scope="module")
def warm() -> Recording:
    """A stack with what no other has: an environment that is kept warm."""
    return run_main("dev", MESSAGES | {"provisioned_concurrency": "1"})


def types(*stacks: Recording) -> set[str]:
    """The types of AWS resources that the stacks have."""
    found = {r.type for stack in stacks for r in stack.resources if r.type.startswith("aws:")}
    return {kind.removeprefix("aws:") for kind in found}


def test_every_type_of_resource_has_its_rights(warm: Recording, prod: Recording, club: Recording) -> None:
    """A new type is a new row in rights.toml, perhaps with new lines in the policy; a type that is gone has none."""
    assert NEEDS.keys() == types(warm, prod)
    assert CLUB_NEEDS.keys() == types(club) - NEEDS.keys()


def missing_rights(
    resources: list[Registered], needs: dict[str, list[str]], allowed: list[tuple[str, str]]
) -> set[tuple[str, str]]:
    """What is needed for resources, under the names that they get, and not allowed."""
    needed = {
        (action, arn(resource, action))
        for resource in resources
        for action in needs.get(resource.type.removeprefix("aws:"), [])
    }
    return {
        (action, where)
        for action, where in needed
        if not any(fnmatchcase(action, a) and fnmatchcase(where, r) for a, r in allowed)
    }


def test_the_policy_lets_its_holder_deploy_every_resource(warm: Recording, prod: Recording) -> None:
    """Under the name that it gets."""
    assert set() == missing_rights([*warm.resources, *prod.resources], NEEDS, grants())


def test_both_policies_together_let_their_holder_deploy_a_club(club: Recording) -> None:
    """And the one of a single runner does not suffice."""
    needs = NEEDS | CLUB_NEEDS
    assert set() == missing_rights(club.resources, needs, [*grants(), *grants(CLUB_POLICY)])
    assert {"athena", "lambda", "s3", "s3tables", "states"} == {
        action.partition(":")[0] for action, _ in missing_rights(club.resources, needs, grants())
    }


@pytest.mark.parametrize(("policy", "needed"), [(POLICY, NEEDED), (CLUB_POLICY, CLUB_NEEDED - NEEDED)])
def test_the_policy_allows_nothing_that_no_resource_and_no_page_of_the_runbook_needs(
    policy: dict[str, Any], needed: set[str]
) -> None:
    """Action by action. What a club needs on other resources too stands in both: tags, and roles to be handed on."""
    again = {"iam:PassRole", "lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"}
    actions = {action for action, _ in grants(policy)} - (again if policy is CLUB_POLICY else set())
    assert [] == [action for action in actions if not any(fnmatchcase(need, action) for need in needed)]
    assert [] == [need for need in needed if not any(fnmatchcase(need, action) for action in actions)]


def test_the_policy_reaches_this_projects_own_names_only() -> None:
    """But for what AWS gives a name of its own, or checks on no resource."""
    nameless = {s["Sid"] for s in POLICY["Statement"] if not all("myrunstreak" in r for r in s["Resource"])}
    assert {"Gateway", "WithoutNames", "TopicKey"} == nameless
    assert [] == [action for action, _ in grants() if action.endswith(":*")]
    [passing] = [s["Condition"] for s in POLICY["Statement"] if "iam:PassRole" in s["Action"]]
    services = {f"{name}.amazonaws.com" for name in ("lambda", "s3", "scheduler")}
    assert services == set(passing["StringEquals"]["iam:PassedToService"])


def test_the_policy_of_a_club_reaches_this_projects_own_names_only() -> None:
    """But for triggers, which AWS names, and which may only start our functions, and for what is checked nowhere."""
    nameless = {
        s["Sid"]: s.get("Condition")
        for s in CLUB_POLICY["Statement"]
        if not all("myrunstreak" in r for r in s["Resource"])
    }
    ours = {"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:myrunstreak-*"}}
    assert {"Triggers": ours, "TriggerTags": None, "MachineDefinitions": None} == nameless
    assert [] == [action for action, _ in grants(CLUB_POLICY) if "*" in action]


def trusted_services(*stacks: Recording) -> set[str]:
    """The services that take a role of the stacks."""
    statements = [
        statement
        for stack in stacks
        for role in stack.all(":Role")
        for statement in role.policy("assumeRolePolicy")["Statement"]
    ]
    return {s["Principal"]["Service"] for s in statements if "Service" in s["Principal"]}


def handed_to(policy: dict[str, Any]) -> set[str]:
    """The services that a policy lets its holder hand roles to."""
    [passing] = [s["Condition"] for s in policy["Statement"] if "iam:PassRole" in s["Action"]]
    return set(passing["StringEquals"]["iam:PassedToService"])


def test_roles_are_handed_to_the_services_that_the_policies_name(
    prod: Recording, warm: Recording, club: Recording
) -> None:
    """Whom each role trusts."""
    alone = trusted_services(prod, warm)
    assert alone == handed_to(POLICY)
    assert trusted_services(club) - alone == handed_to(CLUB_POLICY)


def test_the_actions_are_awss() -> None:
    """A misspelt one would allow nothing, and the update would stop there. S3's actions have names of their own."""
    session = botocore.session.get_session()
    names = {"apigateway": "apigatewayv2", "states": "stepfunctions"}
    unknown: list[str] = []
    for action in (NEEDED | CLUB_NEEDED) - NO_OPERATION:
        service, _, operation = action.partition(":")
        if service != "s3":
            model = session.get_service_model(names.get(service, service))
            unknown += [action] if operation not in model.operation_names else []
    assert [] == unknown


@pytest.mark.parametrize("policy", [POLICY, CLUB_POLICY])
def test_the_policy_fits_into_one_managed_policy(policy: dict[str, Any]) -> None:
    """AWS counts 6144 characters, white space apart."""
    assert len(re.sub(r"\s", "", json.dumps(policy))) <= 6144


def test_the_page_counts_the_resources_as_the_readme_makes_them() -> None:
    """What `pulumi up` shows for its commands: everything that is registered, and the stack itself."""
    stack = run_main("mine", {"runner_timezone": "Europe/Amsterdam", "remind_at": "18:30,21:30"})
    assert f"+ {len(stack.resources) + 1} to create" in PAGE
    shown = re.findall(
        r"^ \+ .*?(myrunstreak:infra:\w+) +(myrunstreak-mine-[\w-]+) +create$", PAGE, re.MULTILINE
    )
    assert {(r.type, r.name) for r in stack.resources if r.is_component} == set(shown)
    outputs = re.findall(r"^    (\w+) *: ", PAGE, re.MULTILINE)
    assert sorted(stack.outputs) == outputs


def test_the_page_names_the_versions_that_are_locked() -> None:
    """The command line is to be as new as the library, and the provider is fetched as it is locked."""
    locked = dict(
        re.findall(r"^(pulumi|pulumi-aws)==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    assert f"Pulumi CLI {locked['pulumi']} or newer" in PAGE
    assert f"--version {locked['pulumi']}" in PAGE
    assert f"AWS provider {locked['pulumi-aws']}" in PAGE
