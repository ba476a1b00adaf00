"""The API as declared: its function, the door in front of it, its keys, and what strangers can do there."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

from aws_lambda_powertools.event_handler.openapi import swagger_ui
from myrunstreak.api.pages import PATHS, is_open
from myrunstreak.contract.entry_points import API_HANDLER
from myrunstreak.page import assets

from infra.components.api_keys import NO_KEYS
from infra.components.run_store import api_policy
from infra.documents.gateway import (
    BURST,
    PAGE_FILES,
    PAGE_FILES_BURST,
    SWAGGER_FILES,
    access_log_format,
    default_limits,
)
from tests.infra.recording import ACCOUNT, API_ID, Recording, granted, run_main

BUCKET = "arn:aws:s3:::myrunstreak-dev-runs-0a1b2c3"
FUNCTION = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:myrunstreak-dev-api"


def test_the_function_is_its_own_from_the_syncs_package(dev: Recording) -> None:
    """arm64, traced, JSON logs into its own group, half a gigabyte, done before the gateway gives up."""
    sync, api = dev.one(":Function", "-sync").inputs, dev.one(":Function", "-api").inputs
    assert API_HANDLER == api["handler"]
    for same in ("code", "runtime", "architectures", "tracingConfig", "publish"):
        assert sync[same] == api[same], same
    assert (512, 15) == (api["memorySize"], api["timeout"])
    assert sync["role"] != api["role"]
    logging = api["loggingConfig"]
    assert ("JSON", "/aws/lambda/myrunstreak-dev-api") == (logging["logFormat"], logging["logGroup"])
    assert "reservedConcurrentExecutions" not in api


def test_its_size_and_time_are_the_operators_and_not_the_syncs() -> None:
    """A sync that needs more memory does not make every answer dearer."""
    chosen = run_main("dev", {"api_memory_mb": "1024", "api_timeout_s": "29", "memory_mb": "2048"})
    api = chosen.one(":Function", "-api").inputs
    assert (1024, 29) == (api["memorySize"], api["timeout"])


def test_both_of_its_logs_end_when_the_operator_says(dev: Recording, prod: Recording) -> None:
    """The function's and the gateway's."""
    for stack, days in ((dev, 30), (prod, 365)):
        logs = [log for log in stack.all(":LogGroup") if "-api-" in log.name]
        assert [days, days] == [log.inputs["retentionInDays"] for log in logs]


def test_no_request_comes_before_the_functions_rights(dev: Recording) -> None:
    """Neither to the record nor to the keys, nor to the sync."""
    needed = {p.name for p in dev.all(":RolePolicy") if p.name.endswith(("-for-api", "-api-own"))}
    assert 4 == len(needed)
    before = {
        urn.split("::")[-1].removesuffix("-0a1b2c3-id") for urn in dev.one(":Function", "-api").depends_on
    }
    assert needed <= before


def test_every_request_goes_to_the_alias_in_the_payload_that_the_handler_reads(dev: Recording) -> None:
    """One route for everything, since which paths there are is the handler's to know; two with limits of their own."""
    route, integration = dev.one(":Route", "-everything").inputs, dev.one(":Integration").inputs
    assert "$default" == route["routeKey"] == dev.one(":Stage").inputs["name"]
    assert ("AWS_PROXY", "POST", "2.0") == (
        integration["integrationType"],
        integration["integrationMethod"],
        integration["payloadFormatVersion"],
    )
    assert f"{FUNCTION}:live" in integration["integrationUri"]
    assert {"$default", SWAGGER_FILES, PAGE_FILES} == {one.inputs["routeKey"] for one in dev.all(":Route")}
    assert {route["target"]} == {one.inputs["target"] for one in dev.all(":Route")}
    assert route["target"].startswith("integrations/")
    parts = [*dev.all(":Route"), dev.one(":Integration"), dev.one(":Stage")]
    assert {API_ID} == {part.inputs["apiId"] for part in parts}


def test_the_gateway_answers_nothing_in_the_handlers_name(dev: Recording) -> None:
    """Keys and CORS are the handler's, so that the local server does the same."""
    assert "corsConfiguration" not in dev.one("apigatewayv2/api:Api").inputs
    assert not any("authorizerId" in route.inputs for route in dev.all(":Route"))


def test_only_this_api_may_call_the_function(stack: Recording) -> None:
    """Through its alias; another API of the account is another ARN."""
    permission = stack.one(":Permission").inputs
    assert ("lambda:InvokeFunction", "apigateway.amazonaws.com", "live") == (
        permission["action"],
        permission["principal"],
        permission["qualifier"],
    )
    ours = f"arn:aws:execute-api:us-east-2:{ACCOUNT}:{API_ID}"
    assert fnmatchcase(f"{ours}/$default/$default", permission["sourceArn"])
    assert not fnmatchcase(f"{ours[:-1]}x/$default/$default", permission["sourceArn"])
    assert not fnmatchcase(f"{ours}x/$default/$default", permission["sourceArn"])


def test_strangers_cannot_ask_without_end() -> None:
    """A burst for a page that asks a dozen things at once, then the operator's rate; all callers together."""
    for rate, burst in ((1, BURST), (40, BURST)):
        stage = run_main("dev", {"api_requests_per_second": str(rate)}).one(":Stage").inputs
        settings = stage["defaultRouteSettings"]
        assert (rate, burst) == (settings["throttlingRateLimit"], settings["throttlingBurstLimit"])
    assert 2 == default_limits(2)["throttling_rate_limit"]


def test_files_that_need_no_key_cannot_be_fetched_without_end(dev: Recording) -> None:
    """A month of Swagger UI alone stays within what AWS sends for nothing, 100 GB; the page's own files are small."""
    stage = dev.one(":Stage")
    limits = {
        one["routeKey"]: (one["throttlingRateLimit"], one["throttlingBurstLimit"])
        for one in stage.inputs["routeSettings"]
    }
    assert {SWAGGER_FILES: (0.02, 30), PAGE_FILES: (0.5, 60)} == limits
    a_month = limits[SWAGGER_FILES][0] * 31 * 86_400 + limits[SWAGGER_FILES][1]
    largest = max(file.stat().st_size for file in (Path(swagger_ui.__file__).parent).iterdir())
    assert a_month * largest < 100e9
    assert max(len(assets.read(name)) for name in assets.NAMES) < 20_000
    before = {urn.split("::")[-1] for urn in stage.depends_on}
    assert {
        f"myrunstreak-dev-api-{part}" for part in ("everything", "page-files", "runners-page-files")
    } <= before


def test_a_visit_to_the_page_stays_within_the_burst() -> None:
    """A few phones at once, none of which has its files yet."""
    assert 5 * len(assets.NAMES) < PAGE_FILES_BURST


def test_what_is_limited_as_files_is_what_the_handler_serves_as_such() -> None:
    """But for two small pages and an icon, nothing open is left to the limits of the data."""
    patterns = [route.removeprefix("GET ").replace("{file}", "*") for route in (SWAGGER_FILES, PAGE_FILES)]
    paths = {*PATHS, *(f"/page/{assets.named(name)}" for name in assets.NAMES)}
    assert all(is_open(path) for path in paths)
    assert {"/in", "/docs", "/favicon.ico"} == {
        path for path in paths if not any(fnmatchcase(path, pattern) for pattern in patterns)
    }


def test_the_access_log_says_who_asked_for_what_and_never_with_which_key(dev: Recording) -> None:
    """Only variables of the gateway's that hold neither the query string nor a header."""
    settings = dev.one(":Stage").inputs["accessLogSettings"]
    assert f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:/aws/vendedlogs/myrunstreak-dev-api-access" == settings["destinationArn"]  # fmt: skip  # noqa: E501
    assert access_log_format() == settings["format"]
    variables = set(re.findall(r"\$context\.[\w.]+", settings["format"]))
    assert {
        "$context.requestTime", "$context.requestId", "$context.identity.sourceIp", "$context.httpMethod",
        "$context.path", "$context.status", "$context.responseLength", "$context.responseLatency",
        "$context.integrationStatus",
    } == variables  # fmt: skip
    assert len(variables) == len(json.loads(settings["format"]))


def test_the_parameter_of_the_keys_begins_empty_and_then_belongs_to_the_command_line(
    stack: Recording,
) -> None:
    """Pulumi leaves a changed value alone; the name is a path that Systems Manager accepts."""
    parameter = stack.one(":Parameter", "-api-keys")
    assert ("String", stack.outputs["api_keys_parameter"]) == (
        parameter.inputs["type"],
        parameter.inputs["name"],
    )
    assert NO_KEYS == parameter.inputs["value"]["value"]
    assert ("value",) == parameter.ignored
    assert re.fullmatch(r"(/[A-Za-z0-9_.-]+){1,15}", parameter.inputs["name"])


def test_the_api_reads_what_it_answers_from_keeps_sign_ins_and_starts_the_sync(dev: Recording) -> None:
    """The whole of what a stolen function could do; the hashes of keys and sign-ins open nothing."""
    assert api_policy("arn:aws:s3:::b") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadTheAnswers",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": [
                    f"arn:aws:s3:::b/{key}"
                    for key in ("runs.duckdb", "freshness.json", "streaks.toml", "page/*")
                ],
            },
            {
                "Sid": "KeepSessions",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::b/sessions/*"],
            },
        ],
    }
    role = dev.one(":Role", "api-role")
    assert {"Service": "lambda.amazonaws.com"} == role.policy("assumeRolePolicy")["Statement"][0]["Principal"]
    allowed = granted(dev, "-api-role")
    assert {"s3:GetObject", "s3:PutObject", "ssm:GetParameter", "lambda:InvokeFunction", "logs:CreateLogStream",
            "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"} == {action for action, _ in allowed}  # fmt: skip  # noqa: E501
    sync = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:myrunstreak-dev-sync"
    assert [f"{sync}:live"] == [resource for action, resource in allowed if action == "lambda:InvokeFunction"]
    for action, resource in (
        ("s3:GetObject", f"{BUCKET}/raw/activities/2026.json.zst"),
        ("s3:GetObject", f"{BUCKET}/recordings/year=2026/1.parquet"),
        ("s3:GetObject", f"{BUCKET}/runs.duckdb.old"),
        ("s3:PutObject", f"{BUCKET}/runs.duckdb"),
        ("s3:PutObject", f"{BUCKET}/freshness.json"),
        ("s3:PutObject", f"{BUCKET}/streaks.toml"),
        ("s3:PutObject", f"{BUCKET}/page/index.html"),
        ("lambda:InvokeFunction", sync),
        ("lambda:InvokeFunction", f"{sync}:7"),
        ("ssm:GetParameter", f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/myrunstreak/prod/api-keys"),
        (
            "logs:PutLogEvents",
            f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:/aws/lambda/myrunstreak-dev-sync:x",
        ),
    ):
        assert not any(a == action and fnmatchcase(resource, r) for a, r in allowed if r != "*"), resource


def test_the_dashboard_shows_requests_refusals_failures_and_throttles(dev: Recording) -> None:
    """Of the gateway under the API's id, and of the function behind it."""
    body = json.loads(dev.one(":Dashboard").inputs["dashboardBody"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    gateway = {(line[1], line[-1]["stat"]) for line in lines if line[0] == "AWS/ApiGateway"}
    assert {
        ("Count", "Sum"),
        ("4xx", "Sum"),
        ("5xx", "Sum"),
        ("Latency", "p50"),
        ("Latency", "p99"),
    } == gateway
    assert {("ApiId", API_ID)} == {(line[2], line[3]) for line in lines if line[0] == "AWS/ApiGateway"}
    of_function = {
        line[1] for line in lines if line[:1] == ["AWS/Lambda"] and line[3] == "myrunstreak-dev-api"
    }
    assert {"Duration", "Invocations", "Errors", "Throttles"} == of_function
