"""A club's stack: its queues, functions and roles, what each may do, and that one runner's stack has none of it."""

from __future__ import annotations

import json
import socket
from fnmatch import fnmatchcase
from typing import Any

import pytest
from myrunstreak.contract.club import ClubSettings, Runner, runner_settings
from myrunstreak.contract.settings import Settings
from pulumi.output import Unknown

from tests.infra.recording import ACCOUNT, SUFFIX, Recording, granted, run_main

HOUR = 3600
BUCKET = "myrunstreak-dev-runs-0a1b2c3"
RUNNER = "0123456789abcdefghjkmnpqrs"
AT = f"us-east-2:{ACCOUNT}"
RUNNER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/myrunstreak-dev-runner"
SYNCS = f"arn:aws:sqs:{AT}:myrunstreak-dev-syncs-{SUFFIX}"
UPDATES = f"arn:aws:sqs:{AT}:myrunstreak-dev-updates-{SUFFIX}"
LETTERS = f"arn:aws:sqs:{AT}:myrunstreak-dev-dead-letters-{SUFFIX}"
TABLES = f"arn:aws:s3tables:{AT}:bucket/myrunstreak-dev-lake"
MACHINE = f"arn:aws:states:{AT}:stateMachine:myrunstreak-dev-rebuild-{SUFFIX}"
WORKER = f"arn:aws:lambda:{AT}:function:myrunstreak-dev-worker:live"


def own_log(function: str) -> set[tuple[str, str]]:
    """What every function may do: write its log and send traces."""
    log = f"arn:aws:logs:{AT}:log-group:/aws/lambda/myrunstreak-dev-{function}:*"
    return {
        ("logs:CreateLogStream", log),
        ("logs:PutLogEvents", log),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
    }


def of_bucket(*keys: str) -> set[str]:
    """Objects of the bucket, as a policy names them."""
    return {f"arn:aws:s3:::{BUCKET}/{key}" for key in keys}


def allowed(actions: str, *resources: str) -> set[tuple[str, str]]:
    """Each action on each resource."""
    return {(action, resource) for action in actions.split() for resource in resources}


REGISTRY = of_bucket("club/runners.json")
LIST = allowed("s3:ListBucket", f"arn:aws:s3:::{BUCKET}")
RECEIVE = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"
# The whole of what each role may do.
RIGHTS = {
    "-worker-role": own_log("worker")
    | allowed("sts:AssumeRole", RUNNER_ROLE)
    | allowed("s3:GetObject", *REGISTRY)
    | allowed(RECEIVE, SYNCS)
    | allowed("sqs:SendMessage", UPDATES),
    "-api-role": own_log("api")
    | allowed("sts:AssumeRole", RUNNER_ROLE)
    | allowed("s3:GetObject", *REGISTRY, *of_bucket("club/board.json"))
    | allowed("sqs:SendMessage", SYNCS, UPDATES),
    "-dispatch-role": own_log("dispatch")
    | allowed("s3:GetObject", *REGISTRY, *of_bucket("club/dispatched.json"))
    | allowed("s3:PutObject", *of_bucket("club/dispatched.json"))
    | LIST
    | allowed("sqs:SendMessage", SYNCS, LETTERS),
    "-dispatch-every-role": allowed("sqs:SendMessage", LETTERS)
    | allowed("lambda:InvokeFunction", f"arn:aws:lambda:{AT}:function:myrunstreak-dev-dispatch:live"),
    "-lake-writer-role": own_log("lake-writer")
    | allowed(
        "s3:GetObject",
        *of_bucket("runners/*/runs.duckdb", "runners/*/sharing.json", "club/runners.json"),
    )
    | allowed("s3:PutObject", *of_bucket("club/board.json"))
    | LIST
    | allowed(RECEIVE, UPDATES)
    | allowed(
        "s3tables:GetTableBucket s3tables:GetNamespace s3tables:ListNamespaces s3tables:ListTables s3tables:CreateTable",
        TABLES,
    )
    | allowed(
        "s3tables:GetTable s3tables:GetTableMetadataLocation s3tables:UpdateTableMetadataLocation "
        "s3tables:GetTableData s3tables:PutTableData s3tables:DeleteTable s3tables:RenameTable",
        f"{TABLES}/table/*",
    ),
    "-rebuild-role": allowed("s3:GetObject", *REGISTRY)
    | allowed(
        "s3:GetObject s3:PutObject s3:ListMultipartUploadParts s3:AbortMultipartUpload",
        *of_bucket("club/rebuilds/*"),
    )
    | allowed("lambda:InvokeFunction", WORKER)
    | allowed("sqs:SendMessage", UPDATES)
    | allowed("states:StartExecution", MACHINE)
    | allowed(
        "states:DescribeExecution states:StopExecution states:RedriveExecution",
        f"{MACHINE.replace(':stateMachine:', ':execution:')}:*",
        f"{MACHINE.replace(':stateMachine:', ':execution:')}/*",
    ),
}


@pytest.mark.parametrize("role", RIGHTS)
def test_each_role_may_do_exactly_this(role: str, club: Recording) -> None:
    """An action or a resource more is a decision."""
    assert RIGHTS[role] == granted(club, role)


def test_no_role_but_the_runners_is_left_out(club: Recording) -> None:
    """The runners' own stands in a test of its own, since its name is pinned."""
    suffixes = ("-runner", *RIGHTS)
    assert [] == [role.name for role in club.all(":Role") if not role.name.endswith(suffixes)]
    assert len(suffixes) == len(club.all(":Role"))


def runner_grants(club: Recording) -> list[dict[str, Any]]:
    """The statements of the runners' role."""
    return [
        statement
        for policy in club.all(":RolePolicy")
        if policy.inputs["role"] == "myrunstreak-dev-runner"
        for statement in policy.policy()["Statement"]
    ]


def test_the_runners_role_reaches_records_and_tokens_and_nothing_of_the_club(club: Recording) -> None:
    """A session narrows it further; without one it could not read who the runners are either."""
    tokens = f"arn:aws:ssm:{AT}:parameter{club.outputs['club_secrets']}/*"
    found = {
        (action, resource)
        for one in runner_grants(club)
        for action in one["Action"]
        for resource in one["Resource"]
    }
    assert (
        allowed("s3:GetObject s3:PutObject", *of_bucket("runners/*"))
        | LIST
        | allowed("ssm:GetParameter ssm:PutParameter", tokens)
        | allowed("kms:Decrypt kms:Encrypt kms:GenerateDataKey", f"arn:aws:kms:{AT}:key/*")
    ) == found
    [conditions] = [one["Condition"] for one in runner_grants(club) if "Condition" in one]
    assert {
        "StringEquals": {"kms:ViaService": "ssm.us-east-2.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": tokens},
    } == conditions
    reached = next(r for action, r in found if action == "s3:GetObject")
    assert not any(
        fnmatchcase(f"arn:aws:s3:::{BUCKET}/{key}", reached) for key in ("club/runners.json", "packages/x")
    )


def test_only_workers_and_the_api_take_the_runners_role(club: Recording) -> None:
    """By their exact roles; its name is pinned, since their functions are told of it before it is there."""
    role = club.one(":Role", "-runner")
    assert "myrunstreak-dev-runner" == role.inputs["name"]
    [statement] = role.policy("assumeRolePolicy")["Statement"]
    assert {
        "Effect": "Allow",
        "Principal": {
            "AWS": [
                f"arn:aws:iam::{ACCOUNT}:role/myrunstreak-dev-{name}-role-{SUFFIX}"
                for name in ("worker", "api")
            ]
        },
        "Action": "sts:AssumeRole",
    } == statement


def variables(club: Recording, function: str) -> dict[str, str]:
    """A function's environment."""
    return club.one(":Function", function).inputs["environment"]["variables"]


FUNCTIONS = {
    "-worker": {"CLUB_SECRETS", "RUNNER_ROLE", "LAKE_QUEUE"},
    "-api": {"CLUB_SECRETS", "RUNNER_ROLE", "SYNC_QUEUE", "LAKE_QUEUE"},
    "-dispatch": {"SYNC_QUEUE"},
    "-lake-writer": {"LAKE_TABLES"},
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_is_what_both_models_read(function: str, club: Recording) -> None:
    """They read it back as it is, and each function is told of no more than it may use."""
    found = variables(club, function)
    settings = Settings.from_env(found | {"AWS_REGION": "us-east-2"})
    place = ClubSettings.from_env(found)
    assert f"s3://{BUCKET}/" == place.club == club.outputs["club"]
    assert FUNCTIONS[function] == found.keys() & ClubSettings.variables() - {"CLUB", "CLUB_MIN_DISTANCE"}
    left = {"DUCKDB_PATH", "TOKENS_SECRET", "SYNC_STATE_SECRET", "API_KEYS", "AWS_REGION"}
    assert found | {name: settings.to_env()[name] for name in left - {"API_KEYS"}} == (
        settings.to_env() | place.to_env()
    )
    assert left.isdisjoint(found)


def test_the_parts_are_told_of_each_other(club: Recording) -> None:
    """And the outputs say the same to the command line."""
    outputs = club.outputs
    worker, api = variables(club, "-worker"), variables(club, "-api")
    assert outputs["lake_queue_url"] == worker["LAKE_QUEUE"]
    assert outputs["sync_queue_url"] == api["SYNC_QUEUE"] == variables(club, "-dispatch")["SYNC_QUEUE"]
    assert RUNNER_ROLE == worker["RUNNER_ROLE"] == api["RUNNER_ROLE"]
    assert (
        outputs["club_secrets"] == worker["CLUB_SECRETS"] == api["CLUB_SECRETS"] == "/myrunstreak/dev/runners"
    )
    assert outputs["lake_tables"] == TABLES == variables(club, "-lake-writer")["LAKE_TABLES"]
    assert MACHINE == outputs["rebuild_machine"]
    assert f"arn:aws:lambda:{AT}:function:myrunstreak-dev-lake-writer:live" == outputs["lake_function"]


def test_the_outputs_are_what_the_command_line_looks_for(club: Recording) -> None:
    """Those of one runner's stack that name a record or its secrets are not there."""
    assert {
        "club", "club_secrets", "club_min_distance", "sync_queue_url", "lake_queue_url", "lake_function", "lake_tables",
        "athena_workgroup", "rebuild_machine", "worker_function_name", "dispatch_function_name", "lake_function_name",
        "api_url", "bucket_name", "alarm_topic_arn", "dashboard_url", "next_steps",
    } == club.outputs.keys()  # fmt: skip
    ClubSettings(
        club=club.outputs["club"],
        club_secrets=club.outputs["club_secrets"],
        sync_queue=club.outputs["sync_queue_url"],
        lake_queue=club.outputs["lake_queue_url"],
        lake_function=club.outputs["lake_function"],
        lake_tables=club.outputs["lake_tables"],
        rebuild_machine=club.outputs["rebuild_machine"],
    )
    assert 'make club STACK=dev ARGS="add NAME"' in club.outputs["next_steps"][1]


def test_a_runners_places_are_within_what_the_runners_role_reaches(club: Recording) -> None:
    """The settings that a worker makes, and the rights that it takes, are of one mind."""
    found = variables(club, "-worker") | {"AWS_REGION": "us-east-2"}
    runner = Runner.model_validate(
        {"id": RUNNER, "name": "Ada", "timezone": "Europe/Amsterdam", "added_at": "2026-11-27T00:00:00Z"}
    )
    one = runner_settings(Settings.from_env(found), ClubSettings.from_env(found), runner)
    reached = {r for statement in runner_grants(club) for r in statement["Resource"]}
    for place in (one.duckdb_path, one.sync_state_secret, str(one.api_keys), str(one.archive), str(one.page)):
        arn = place.replace("s3://", "arn:aws:s3:::")
        assert any(fnmatchcase(arn, pattern) for pattern in reached), place
    tokens = f"arn:aws:ssm:{AT}:parameter{one.tokens_secret.removeprefix('ssm:')}"
    assert any(fnmatchcase(tokens, pattern) for pattern in reached)


def test_a_message_is_one_runner_and_is_tried_three_times(club: Recording) -> None:
    """No runner waits for another one's failure, and a busy function's messages stay hidden long enough."""
    trigger = club.one(":EventSourceMapping", "-worker-syncs").inputs
    assert (1, {"maximumConcurrency": 4}, ["ReportBatchItemFailures"]) == (
        trigger["batchSize"],
        trigger["scalingConfig"],
        trigger["functionResponseTypes"],
    )
    assert (SYNCS, WORKER) == (trigger["eventSourceArn"], trigger["functionName"])
    queue, worker = club.one(":Queue", "-syncs").inputs, club.one(":Function", "-worker").inputs
    assert queue["visibilityTimeoutSeconds"] >= 6 * worker["timeout"]
    assert {
        "deadLetterTargetArn": f"arn:aws:sqs:{AT}:myrunstreak-dev-syncs-letters-{SUFFIX}",
        "maxReceiveCount": 3,
    } == json.loads(queue["redrivePolicy"])
    slower = run_main("dev", {"club": "true", "timeout_s": "900", "club_workers": "20"})
    assert 5400 == slower.one(":Queue", "-syncs").inputs["visibilityTimeoutSeconds"]
    assert {"maximumConcurrency": 20} == slower.one(":EventSourceMapping", "-syncs").inputs["scalingConfig"]


def test_the_lake_has_one_writer_with_a_package_of_its_own(club: Recording) -> None:
    """In batches of many records; a batch that finds it busy is hidden until it must be over, and may come again."""
    writer = club.one(":Function", "-lake-writer").inputs
    trigger = club.one(":EventSourceMapping", "-lake-writer-records").inputs
    stored = club.one(":BucketObjectv2").inputs
    assert (1, 900, 2048) == (writer["reservedConcurrentExecutions"], writer["timeout"], writer["memorySize"])
    assert (10_000, 300) == (trigger["batchSize"], trigger["maximumBatchingWindowInSeconds"])
    assert (UPDATES, ["ReportBatchItemFailures"]) == (
        trigger["eventSourceArn"],
        trigger["functionResponseTypes"],
    )
    queue = club.one(":Queue", "-updates").inputs
    assert (
        queue["visibilityTimeoutSeconds"] >= 6 * writer["timeout"] + trigger["maximumBatchingWindowInSeconds"]
    )
    assert queue["visibilityTimeoutSeconds"] <= 12 * HOUR, "SQS takes no more"
    assert 10 == json.loads(queue["redrivePolicy"])["maxReceiveCount"]
    # Without a new name Lambda would not learn of new bytes.
    key = f"packages/lake-{'0' * 16}.zip"
    assert (BUCKET, key) == (writer["s3Bucket"], writer["s3Key"])
    assert (BUCKET, key, "build/lake.zip") == (stored["bucket"], stored["key"], stored["source"]["path"])
    for name in ("-worker", "-api", "-dispatch"):
        assert "build/lambda.zip" == club.one(":Function", name).inputs["code"]["path"]


def test_the_dispatch_is_started_every_quarter_of_an_hour(club: Recording) -> None:
    """With the time that was meant; what cannot be started becomes a dead letter."""
    schedule = club.one(":Schedule").inputs
    assert ("rate(15 minutes)", "UTC") == (
        schedule["scheduleExpression"],
        schedule["scheduleExpressionTimezone"],
    )
    assert {"scheduled_time": "<aws.scheduler.scheduled-time>"} == json.loads(schedule["target"]["input"])
    assert {"arn": LETTERS} == schedule["target"]["deadLetterConfig"]
    failures = club.one(":FunctionEventInvokeConfig").inputs
    assert {"onFailure": {"destination": LETTERS}} == failures["destinationConfig"]


def test_removed_rows_leave_the_lake_and_a_query_reads_so_much_at_most(club: Recording) -> None:
    """As soon as S3 Tables lets them, which is a day and then another."""
    tables = club.one(":TableBucket").inputs
    removal = tables["maintenanceConfiguration"]["icebergUnreferencedFileRemoval"]
    assert {"status": "enabled", "settings": {"unreferencedDays": 1, "nonCurrentDays": 1}} == removal
    assert (TABLES, "myrunstreak") == (
        club.one(":Namespace").inputs["tableBucketArn"],
        club.one(":Namespace").inputs["namespace"],
    )
    queries = run_main("dev", {"club": "true", "athena_cutoff_gb": "3"}).one(":Workgroup").inputs
    assert {
        "enforceWorkgroupConfiguration": True,
        "bytesScannedCutoffPerQuery": 3 * 1024**3,
        "publishCloudwatchMetricsEnabled": True,
        "managedQueryResultsConfiguration": {"enabled": True},
    } == queries["configuration"]


def test_the_machine_goes_over_the_registry_and_tolerates_a_few_failures(club: Recording) -> None:
    """A backfill runs as many workers as may run, each as long as it takes; a rebuild sends messages."""
    states = club.one(":StateMachine").policy("definition")["States"]
    for name, kind, at_once in (("Backfill", "STANDARD", 4), ("Lake", "EXPRESS", 40)):
        state = states[name]
        assert {"Bucket": BUCKET, "Key": "club/runners.json"} == state["ItemReader"]["Parameters"]
        assert {"InputType": "JSON", "ItemsPointer": "/runners"} == state["ItemReader"]["ReaderConfig"]
        assert {"Mode": "DISTRIBUTED", "ExecutionType": kind} == state["ItemProcessor"]["ProcessorConfig"]
        assert (at_once, 5) == (state["MaxConcurrency"], state["ToleratedFailurePercentage"])
        assert 1 == len(state["ItemProcessor"]["States"]), "standard children are paid by the state"
    sync = states["Backfill"]["ItemProcessor"]["States"]["Sync"]["Parameters"]
    assert {"FunctionName": WORKER, "Payload": {"runner.$": "$.runner", "sync": {"full": True}}} == sync
    tell = states["Lake"]["ItemProcessor"]["States"]["Tell"]["Parameters"]
    assert club.outputs["lake_queue_url"] == tell["QueueUrl"]
    assert {choice["StringEquals"]: choice["Next"] for choice in states["What"]["Choices"]} == {
        "backfill": "Backfill",
        "lake": "Lake",
    }


def test_one_runners_stack_has_nothing_of_a_club(dev: Recording, club: Recording) -> None:
    """What both have is the same to the letter, but for the API's function and rights, bucket rules, dashboard."""
    ours = {
        "Dispatch", "Lake", "LakeWriter", "RebuildMachine", "RunnerFleet", "RunnerRole", "WorkQueue",
    }  # fmt: skip
    tokens = {r.type.removeprefix("myrunstreak:infra:") for r in dev.resources if r.is_component}
    assert tokens.isdisjoint(ours)
    kinds = {r.type.split(":")[-1] for r in dev.resources}
    assert kinds.isdisjoint({"StateMachine", "TableBucket", "Namespace", "Workgroup", "EventSourceMapping", "BucketObjectv2"})  # fmt: skip  # noqa: E501
    inputs = {(r.type, r.name): r.inputs for r in dev.resources}
    differing = {
        r.name.removeprefix("myrunstreak-dev-")
        for r in club.resources
        if (r.type, r.name) in inputs and r.inputs != inputs[r.type, r.name]
    }
    assert {"api", "runs-for-api", "runs-lifecycle", "dashboard"} == differing


def test_a_club_in_a_stack_that_keeps_its_data_protects_the_records_alone() -> None:
    """Bucket and replica; the lake can be made again from them, and the tokens are none of Pulumi's."""
    club = run_main("prod", {"club": "true"})
    assert {"myrunstreak-prod-runs", "myrunstreak-prod-runs-replica"} == {
        r.name for r in club.resources if r.protect
    }
    assert {"replica_bucket_name", "club_replica_region"} <= club.outputs.keys()
    assert "lease" not in club.outputs
    assert club.one(":TableBucket").inputs["forceDestroy"]


def test_a_stack_that_becomes_a_club_would_lose_its_secrets_where_they_are_not_protected(
    dev: Recording, prod: Recording, club: Recording
) -> None:
    """Protected ones Pulumi refuses to delete, and the update stops before it has changed anything."""
    gone = {(r.type, r.name) for r in dev.resources} - {(r.type, r.name) for r in club.resources}
    secret = {
        name.removeprefix("myrunstreak-dev-")
        for kind, name in gone
        if kind.endswith((":Secret", ":Parameter"))
    }
    assert {"credentials-tokens", "credentials-sync-state", "api-keys"} == secret
    protected = {r.name.removeprefix("myrunstreak-prod-") for r in prod.resources if r.protect}
    assert secret < protected


def test_a_preview_of_a_club_knows_nothing_and_runs_all_the_same() -> None:
    """Names and ARNs that only AWS can say are unknown until then."""
    preview = run_main("dev", {"club": "true"}, preview=True)
    assert isinstance(preview.outputs["sync_queue_url"], Unknown) or preview.outputs["sync_queue_url"]
    assert 1 == len(preview.all(":StateMachine"))


def test_an_emulator_serves_a_clubs_services_too() -> None:
    """And is where the tables' catalog is; a stack of one runner asks for none of them."""
    with socket.create_server(("127.0.0.1", 0)) as emulator:
        url = f"http://127.0.0.1:{emulator.getsockname()[1]}"
        club, alone = (run_main("dev", {"aws_endpoint": url, "club": on}) for on in ("true", "false"))
    served = [
        json.loads(stack.one("pulumi:providers:aws").inputs["endpoints"])[0].keys() for stack in (club, alone)
    ]
    assert {"athena", "s3tables", "sfn"} == served[0] - served[1]
    assert f"{url}/iceberg" == variables(club, "-lake-writer")["LAKE_ENDPOINT"]
    assert "LAKE_ENDPOINT" not in variables(club, "-worker")
