"""docs/deploying-policy.json lets its holder deploy every stack and do what the runbook asks, and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatchcase

import botocore.session
import pytest

from tests.infra.conftest import MESSAGES
from tests.infra.recording import ACCOUNT, ROOT, SUFFIX, Recording, Registered, run_main

POLICY = json.loads((ROOT / "docs" / "deploying-policy.json").read_text())
PAGE = (ROOT / "docs" / "deploying.md").read_text()
RIGHTS = tomllib.loads((ROOT / "tests" / "infra" / "rights.toml").read_text())
NEEDS: dict[str, list[str]] = RIGHTS["types"]
NEEDED = {action for actions in (*NEEDS.values(), *RIGHTS["other"].values()) for action in actions}
REGION = "us-east-2"
# Where an action is no operation's name.
NO_OPERATION = {
    "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT",
    "budgets:ModifyBudget", "budgets:ViewBudget", "iam:PassRole", "lambda:InvokeFunction",
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:UpdateLogDelivery", "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
}  # fmt: skip


def grants() -> list[tuple[str, str]]:
    """Each action pattern on each resource pattern."""
    return [(a, r) for s in POLICY["Statement"] for a in s["Action"] for r in s["Resource"]]


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


def test_every_type_of_resource_has_its_rights(warm: Recording, prod: Recording) -> None:
    """A new type is a new row in rights.toml, perhaps with new lines in the policy; a type that is gone has none."""
    registered = {r.type for stack in (warm, prod) for r in stack.resources if r.type.startswith("aws:")}
    assert {f"aws:{kind}" for kind in NEEDS} == registered


def test_the_policy_lets_its_holder_deploy_every_resource(warm: Recording, prod: Recording) -> None:
    """Under the name that it gets."""
    allowed, missing = grants(), set[tuple[str, str]]()
    for resource in [*warm.resources, *prod.resources]:
        for action in NEEDS.get(resource.type.removeprefix("aws:"), []):
            where = arn(resource, action)
            if not any(fnmatchcase(action, a) and fnmatchcase(where, r) for a, r in allowed):
                missing.add((action, where))
    assert set() == missing


def test_the_policy_allows_nothing_that_no_resource_and_no_page_of_the_runbook_needs() -> None:
    """Action by action."""
    actions = {action for action, _ in grants()}
    assert [] == [action for action in actions if not any(fnmatchcase(need, action) for need in NEEDED)]
    assert [] == [need for need in NEEDED if not any(fnmatchcase(need, action) for action in actions)]


def test_the_policy_reaches_this_projects_own_names_only() -> None:
    """But for what AWS gives a name of its own, or checks on no resource."""
    nameless = {s["Sid"] for s in POLICY["Statement"] if not all("myrunstreak" in r for r in s["Resource"])}
    assert {"Gateway", "WithoutNames", "TopicKey"} == nameless
    assert [] == [action for action, _ in grants() if action.endswith(":*")]
    [passing] = [s["Condition"] for s in POLICY["Statement"] if "iam:PassRole" in s["Action"]]
    services = {f"{name}.amazonaws.com" for name in ("lambda", "s3", "scheduler")}
    assert services == set(passing["StringEquals"]["iam:PassedToService"])


def test_roles_are_handed_to_the_services_that_the_policy_names(prod: Recording, warm: Recording) -> None:
    """Whom each role trusts."""
    trusted = {
        statement["Principal"]["Service"]
        for stack in (prod, warm)
        for role in stack.all(":Role")
        for statement in role.policy("assumeRolePolicy")["Statement"]
    }
    [passing] = [s["Condition"] for s in POLICY["Statement"] if "iam:PassRole" in s["Action"]]
    assert trusted == set(passing["StringEquals"]["iam:PassedToService"])


def test_the_actions_are_awss() -> None:
    """A misspelt one would allow nothing, and the update would stop there. S3's actions have names of their own."""
    session = botocore.session.get_session()
    names = {"apigateway": "apigatewayv2"}
    unknown: list[str] = []
    for action in NEEDED - NO_OPERATION:
        service, _, operation = action.partition(":")
        if service != "s3":
            model = session.get_service_model(names.get(service, service))
            unknown += [action] if operation not in model.operation_names else []
    assert [] == unknown


def test_the_policy_fits_into_one_managed_policy() -> None:
    """AWS counts 6144 characters, white space apart."""
    assert len(re.sub(r"\s", "", json.dumps(POLICY))) <= 6144


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
