"""The real program for the stacks that come with it: what it registers, and with which options."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.tuning import Tuning
from pulumi.output import Unknown

from infra.components.api_keys import NO_KEYS
from infra.components.message_channels import NO_CHANNELS
from infra.config import StackConfig
from infra.naming import Names
from infra.next_steps import next_steps
from tests.infra.conftest import MESSAGES
from tests.infra.recording import ACCOUNT, ROOT, Recording, find_secrets, run_main

OUTPUTS = {
    "bucket_name",
    "database_uri",
    "sync_function_name",
    "tokens_secret_name",
    "sync_state_secret_name",
    "alarm_topic_arn",
    "dashboard_url",
    "api_url",
    "api_keys_parameter",
    "next_steps",
}
REGION_OUTPUTS = {"replica_bucket_name", "lease"}
MESSAGE_OUTPUTS = {"message_function_name", "message_topic_arn", "notify_urls_parameter"}
# AWS types that carry no tags: the provider's default tags count for what they belong to.
UNTAGGED = {
    "Alias", "BucketLifecycleConfiguration", "BucketOwnershipControls", "BucketPolicy", "BucketPublicAccessBlock",
    "BucketReplicationConfig", "BucketServerSideEncryptionConfiguration", "BucketVersioning", "Dashboard",
    "FunctionEventInvokeConfig", "Integration", "Namespace", "Permission", "QueuePolicy", "RolePolicy", "Route",
    "Schedule", "TopicPolicy", "TopicSubscription",
}  # fmt: skip
GOLDEN = Path(__file__).parent / "golden"


def children(stack: Recording) -> list[Any]:
    """The AWS resources."""
    return [resource for resource in stack.resources if resource.type.startswith("aws:")]


@pytest.mark.parametrize("name", ["dev", "prod", "reminded", "club"])
def test_types_and_names_are_those_that_are_already_out_there(
    name: str, request: pytest.FixtureRequest
) -> None:
    """A changed line is a migration: without an alias Pulumi would replace the resource, and its data.

    After a deliberate change: `UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/infra/test_stacks.py`.
    """
    recorded: Recording = request.getfixturevalue(name)
    lines = sorted(f"{resource.type} {resource.name}" for resource in recorded.resources)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text("\n".join(lines) + "\n")
    assert file.read_text().splitlines() == lines


def test_every_resource_has_a_provider_a_component_and_tags(every_stack: Recording) -> None:
    """Nothing falls back to a default provider, or lies about without a parent."""
    components = {resource.name for resource in every_stack.resources if resource.is_component}
    for resource in children(every_stack):
        assert "pulumi:providers:aws::aws" in resource.provider, resource.name
        assert resource.parent.split("::")[-1] in components, resource.name
        kind = resource.type.split(":")[-1]
        assert (kind in UNTAGGED) != ("Component" in resource.inputs.get("tags", {})), resource.name


def test_the_providers_carry_region_and_default_tags(prod: Recording) -> None:
    """One for the stack's region, one for the replica's; a stack at AWS itself knows no endpoints."""
    providers = {provider.name: provider.inputs for provider in prod.all("pulumi:providers:aws")}
    assert {"aws": "us-east-2", "aws-replica": "us-west-2"} == {n: p["region"] for n, p in providers.items()}
    for inputs in providers.values():
        tags = json.loads(inputs["defaultTags"])["tags"]
        assert {
            "Project": "myrunstreak",
            "Stack": "prod",
            "Environment": "prod",
            "ManagedBy": "pulumi",
        } == tags
        assert "endpoints" not in inputs
        assert "false" == inputs["skipCredentialsValidation"]


def test_only_the_replica_is_made_in_the_second_region(prod: Recording) -> None:
    """By the replica's own provider."""
    elsewhere = {resource.name for resource in children(prod) if "::aws-replica::" in resource.provider}
    assert elsewhere
    assert all(name.startswith("myrunstreak-prod-runs-replica") for name in elsewhere)
    assert all(r.name in elsewhere for r in children(prod) if re.search(r"-replica(-|$)", r.name))


def test_an_endpoint_goes_to_every_service_and_skips_what_only_aws_can_answer() -> None:
    """So that the program can be brought up against an emulator."""
    with socket.create_server(("127.0.0.1", 0)) as emulator:
        url = f"http://127.0.0.1:{emulator.getsockname()[1]}"
        inputs = run_main("dev", {"aws_endpoint": f"{url}/"}).one("pulumi:providers:aws").inputs
    [endpoints] = json.loads(inputs["endpoints"])
    assert {url} == set(endpoints.values())
    assert {
        "s3",
        "lambda",
        "iam",
        "sts",
        "scheduler",
        "secretsmanager",
        "sns",
        "sqs",
        "logs",
        "ssm",
        "apigatewayv2",
    } <= endpoints.keys()
    assert "true" == inputs["s3UsePathStyle"] == inputs["skipCredentialsValidation"]


def test_prod_protects_and_keeps_its_data_and_nothing_else(prod: Recording) -> None:
    """Buckets, secrets and the API's keys; the settings of a bucket that stays behind stay with it."""
    protected = {resource.name for resource in prod.resources if resource.protect}
    assert {
        "myrunstreak-prod-runs",
        "myrunstreak-prod-runs-replica",
        "myrunstreak-prod-credentials-tokens",
        "myrunstreak-prod-credentials-sync-state",
        "myrunstreak-prod-api-keys",
    } == protected
    kept = {resource.type.split(":")[-1] for resource in prod.resources if resource.retain}
    assert {
        "Bucket", "BucketLifecycleConfiguration", "BucketOwnershipControls", "BucketPolicy", "BucketPublicAccessBlock",
        "BucketServerSideEncryptionConfiguration", "BucketVersioning", "Parameter", "Secret",
    } == kept  # fmt: skip
    assert not any(bucket.inputs["forceDestroy"] for bucket in prod.all(":Bucket"))
    assert {30} == {secret.inputs["recoveryWindowInDays"] for secret in prod.all(":Secret")}


def test_dev_can_be_destroyed_without_a_trace(dev: Recording) -> None:
    """No protection, no waiting secret that would block the next `pulumi up`."""
    assert not any(resource.protect or resource.retain for resource in dev.resources)
    assert dev.one(":Bucket").inputs["forceDestroy"]
    assert {0} == {secret.inputs["recoveryWindowInDays"] for secret in dev.all(":Secret")}


def test_a_fresh_stack_with_only_the_required_key_keeps_its_data() -> None:
    """Whoever says nothing gets the safe choice."""
    recorded = run_main("mine")
    assert recorded.one(":Bucket").protect
    assert "myrunstreak/mine/smashrun/tokens" == recorded.outputs["tokens_secret_name"]


def test_the_outputs_are_the_contract(stack: Recording) -> None:
    """Names as design section 9 has them, where the API's keys are, and those of messages and of a second region."""
    assert OUTPUTS == stack.outputs.keys() - MESSAGE_OUTPUTS - REGION_OUTPUTS
    assert f"s3://{stack.outputs['bucket_name']}/runs.duckdb" == stack.outputs["database_uri"]
    assert f":{ACCOUNT}:" in stack.outputs["alarm_topic_arn"]
    assert re.fullmatch(r"https://\w+\.execute-api\.us-east-2\.amazonaws\.com", stack.outputs["api_url"])
    assert set() == stack.secret_outputs


def test_only_a_stack_with_messages_has_their_outputs(dev: Recording, reminded: Recording) -> None:
    """What `make channel` and the command line look for."""
    assert MESSAGE_OUTPUTS == reminded.outputs.keys() - dev.outputs.keys()
    assert "myrunstreak-dev-messages" == reminded.outputs["message_function_name"]
    assert "/myrunstreak/dev/channels" == reminded.outputs["notify_urls_parameter"]
    assert reminded.one(":Topic", "-message-topic").name in reminded.outputs["message_topic_arn"]


def test_pulumi_up_says_what_is_left_to_do(dev: Recording, reminded: Recording) -> None:
    """The mails, and the commands with the stack's own name; one that stands in takes the record over with its tokens."""
    commands = [re.search(r"make [a-z]+ STACK=\S+(?=:)", step) for step in dev.outputs["next_steps"]]
    assert ["make auth STACK=dev", "make sync STACK=dev", "make phone STACK=dev"] == [
        found[0] for found in commands if found
    ]
    assert "Confirm the mail from AWS" in dev.outputs["next_steps"][0]
    assert "Confirm the mails from AWS" in reminded.outputs["next_steps"][0]
    standing_in = {"alarm_email": "runner@example.org", "lease": WEST}
    for more, left in (({}, "make phone"), ({"standby": "true"}, "")):
        mails, *rest = next_steps(Names("dev"), StackConfig.parse(standing_in | more))
        assert mails.startswith("Confirm")
        assert ([left] if left else []) == [step[: len(left)] for step in rest]


def test_messages_add_to_a_stack_and_change_nothing_that_is_there(
    dev: Recording, reminded: Recording
) -> None:
    """Switched off again, everything of theirs goes, and nothing else does."""
    without = {(r.type, r.name) for r in dev.resources}
    assert without < {(r.type, r.name) for r in reminded.resources}
    others = {"runner_timezone": "Europe/Amsterdam", "remind_at": "", "digest": "false"}
    assert without == {(r.type, r.name) for r in run_main("dev", others).resources}


WEST = "s3://myrunstreak-prod-runs-replica/lease.json"


def test_the_sync_of_a_stack_with_a_replica_holds_the_lease_there(dev: Recording, prod: Recording) -> None:
    """It may read and write that one object of the other region; without a replica it knows of none."""
    bucket = prod.outputs["replica_bucket_name"]
    assert f"s3://{bucket}/lease.json" == prod.outputs["lease"]
    variables = prod.one(":Function", "-sync").inputs["environment"]["variables"]
    assert (prod.outputs["lease"], "us-west-2") == (variables["LEASE"], variables["LEASE_REGION"])
    policy = json.loads(prod.one(":RolePolicy", "-runs-for-sync").inputs["policy"])
    [statement] = [one for one in policy["Statement"] if "HoldTheLease" == one["Sid"]]
    assert (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{bucket}/lease.json"]) == (
        statement["Action"],
        statement["Resource"],
    )
    for name in ("-api", "-sync"):
        assert "LEASE" not in dev.one(":Function", name).inputs["environment"]["variables"]
    assert "HoldTheLease" not in dev.one(":RolePolicy", "-runs-for-sync").inputs["policy"]
    assert REGION_OUTPUTS <= prod.outputs.keys()
    assert REGION_OUTPUTS.isdisjoint(dev.outputs)


def test_a_stack_that_stands_in_holds_the_lease_of_the_first() -> None:
    """In its own region; or none at all, where the operator has the first region's back."""
    west = run_main("dev", {"region": "us-west-2", "lease": WEST})
    variables = west.one(":Function", "-sync").inputs["environment"]["variables"]
    assert (WEST, "us-west-2") == (variables["LEASE"], variables["LEASE_REGION"])
    assert (
        WEST.replace("s3://", "arn:aws:s3:::") in west.one(":RolePolicy", "-runs-for-sync").inputs["policy"]
    )
    alone = run_main("prod", {"lease": "none"})
    assert "LEASE" not in alone.one(":Function", "-sync").inputs["environment"]["variables"]
    assert alone.outputs.get("lease") is None


def test_a_stack_at_rest_starts_nothing_and_alarms_of_nothing(reminded: Recording) -> None:
    """Everything else of it is there, so that it can take over within minutes."""
    resting = run_main("dev", {**MESSAGES, "standby": "true"})
    states = {one.name: one.inputs.get("state") for one in resting.all(":Schedule")}
    assert {"DISABLED"} == set(states.values())
    assert {None} == {one.inputs.get("state") for one in reminded.all(":Schedule")}
    gone = {(r.type, r.name) for r in reminded.resources} - {(r.type, r.name) for r in resting.resources}
    assert {"aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"} >= {
        kind for kind, _ in gone
    }
    assert not resting.all(":MetricAlarm")


@pytest.mark.parametrize("name", ["dev", "prod", "mine"])
def test_a_preview_without_known_values_works(name: str) -> None:
    """Before the first `pulumi up` no ARN and no generated name is known."""
    recorded = run_main(name, preview=True)
    assert OUTPUTS == recorded.outputs.keys() - REGION_OUTPUTS
    assert isinstance(recorded.outputs["bucket_name"], Unknown)
    assert isinstance(recorded.outputs["api_url"], Unknown)
    assert f"/myrunstreak/{name}/api-keys" == recorded.outputs["api_keys_parameter"]
    assert f"myrunstreak-{name}-sync" == recorded.outputs["sync_function_name"]


def test_a_preview_registers_what_the_update_registers(dev: Recording) -> None:
    """No resource depends on a value that only an update knows."""
    previewed = run_main("dev", preview=True)
    assert {(r.type, r.name) for r in dev.resources} == {(r.type, r.name) for r in previewed.resources}


def test_the_longest_stack_name_still_fits_every_limit_of_awss() -> None:
    """Pulumi refuses a name that leaves no room for its suffix, in the middle of an update."""
    limits = {
        "Bucket": 63,
        "Role": 64,
        "Function": 64,
        "Schedule": 64,
        "ScheduleGroup": 64,
        "Queue": 80,
        "Budget": 100,
    }
    recorded = run_main("s" * 24, MESSAGES | {"replica_region": "us-west-2"})
    for resource in children(recorded):
        kind = resource.type.split(":")[-1]
        assert len(resource.name) + len("-0a1b2c3") <= limits.get(kind, 128), resource.name


def test_two_stacks_live_side_by_side(dev: Recording, prod: Recording) -> None:
    """In one account and region no physical name and no metric is shared."""

    def names(recorded: Recording) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for resource in children(recorded):
            pinned = [
                resource.inputs.get(key)
                for key in ("name", "dashboardName")
                if resource.type not in {"aws:lambda/alias:Alias", "aws:apigatewayv2/stage:Stage"}
            ]
            found |= {(resource.type, value) for value in [*pinned, resource.name] if isinstance(value, str)}
        return found

    assert set() == names(dev) & names(prod)
    metrics = [
        {json.dumps(alarm.inputs["dimensions"], sort_keys=True) for alarm in recorded.all(":MetricAlarm")}
        for recorded in (dev, prod)
    ]
    assert set() == metrics[0] & metrics[1]


def test_no_secret_is_anywhere_in_plain_text(stack: Recording) -> None:
    """Values belong to `setup_tokens`, `api-key` and the Lambda, never to Pulumi's state.

    The one thing marked are the parameters of the API's keys, which are hashes, and of the channels: empty both.
    """
    assert [] == stack.all(":SecretVersion")
    empty = {"-api-keys": NO_KEYS, "-channels": NO_CHANNELS}
    for resource in stack.resources:
        marked = [secret["value"] for secret in find_secrets(resource.inputs)]
        expected = [value for name, value in empty.items() if resource.name.endswith(name)]
        assert (expected if resource.type.endswith(":Parameter") else []) == marked, resource.name
        text = json.dumps(resource.inputs).lower()
        assert not any(word in text for word in ("client_secret", "access_token", "refresh_token")), (
            resource.name
        )


def test_the_environment_is_what_the_application_reads(stack: Recording) -> None:
    """It parses back into equal settings, names the stack's own places and leaves out what Lambda reserves."""
    variables = stack.one(":Function", "-sync").inputs["environment"]["variables"]
    settings = Settings.from_env(variables | {"AWS_REGION": "us-east-2"})
    assert stack.outputs["database_uri"] == settings.duckdb_path
    assert stack.outputs["tokens_secret_name"] == settings.tokens_secret
    assert stack.outputs["sync_state_secret_name"] == settings.sync_state_secret
    assert settings.to_env() == variables | {"AWS_REGION": "us-east-2"}
    assert not {name for name in variables if name.startswith(("AWS_", "SMASHRUN_CLIENT"))}


def test_the_apis_environment_names_the_record_and_the_keys_and_nothing_that_it_may_not_read(
    stack: Recording,
) -> None:
    """The same settings as the sync's, but for where the secrets are, and with the sync, which it may start."""
    variables = stack.one(":Function", "-api").inputs["environment"]["variables"]
    settings = Settings.from_env(variables | {"AWS_REGION": "us-east-2"})
    assert stack.outputs["database_uri"] == settings.duckdb_path
    assert stack.outputs["api_keys_parameter"] == settings.api_keys
    assert not {name for name in variables if name.startswith("AWS_") or name.endswith("_SECRET")}
    syncs = stack.one(":Function", "-sync").inputs["environment"]["variables"]
    alias = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:{stack.outputs['sync_function_name']}:live"
    assert {
        ("API_KEYS", stack.outputs["api_keys_parameter"]),
        ("SYNC_FUNCTION", alias),
    } == variables.items() - syncs.items()
    assert alias == settings.sync_function


@pytest.mark.parametrize("function", ["-sync", "-api"])
def test_what_the_operator_tunes_reaches_the_application(function: str) -> None:
    """Every choice that both sides share, from the stack's file to the settings of both functions."""
    chosen = {
        "runner_timezone": "Europe/Amsterdam",
        "streak_min_distance": "mile",
        "activity_types": "running,walking",
        "detail_requests_per_sync": "17",
        "stop_margin_s": "33",
        "environment": "garden",
        "log_level": "DEBUG",
        "week_start": "sunday",
        "units": "mi",
        "goal_year": "1200mi",
        "goal_month": "150",
        "share": "True",
        "remind_at": "18:30,21:30",
        "digest": "True",
        "api_public_status": "True",
        "api_cors_origin": "https://runs.example.org",
        "smashrun_api_url": "http://127.0.0.1:8000/v1",
        "region": "eu-west-1",
    }
    recorded = run_main("dev", chosen)
    variables = recorded.one(":Function", function).inputs["environment"]["variables"]
    settings = Settings.from_env(variables | {"AWS_REGION": "eu-west-1"})
    assert {key: str(getattr(settings, {"region": "aws_region"}.get(key, key))) for key in chosen} == chosen
    assert chosen.keys() >= Tuning.model_fields.keys()
    assert "DEBUG" == recorded.one(":Function", function).inputs["loggingConfig"]["applicationLogLevel"]
    for schedule in recorded.all(":Schedule"):
        assert "Europe/Amsterdam" == schedule.inputs["scheduleExpressionTimezone"]


def test_the_program_runs_in_a_venv_that_pulumi_install_made() -> None:
    """There our own packages are not installed: `infra` finds the contract beside itself."""
    program = (
        "import sys; sys.path[:] = [p for p in sys.path if not p.endswith('lambda_src')]; "
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in str(f).lower()]; "
        "import infra, myrunstreak; print(myrunstreak.__file__)"
    )
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert Path(ran.stdout.strip()).is_relative_to(ROOT / "lambda_src")
