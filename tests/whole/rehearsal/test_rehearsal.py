"""The real program's resources, the real package and the real tokens' way, played through from the schedule on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from myrunstreak.contract.telemetry import NAMESPACE, Metric

from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

pytestmark = pytest.mark.rehearsal


def test_the_schedules_own_event_fetches_the_whole_history(rehearsal: Rehearsal, first_sync: Answer) -> None:
    """Invoked as the schedule does, in its role, with its input."""
    assert first_sync.error is None, first_sync.payload
    assert rehearsal.runs_at_first > 30
    assert ("complete", True) == (first_sync.payload["status"], first_sync.payload["published"])
    assert rehearsal.runs_at_first == first_sync.payload["runs_new"]
    assert 0 == first_sync.payload["details_pending"]


def test_the_database_its_archive_recordings_and_backups_lie_in_the_bucket(
    rehearsal: Rehearsal, restored_sync: Answer
) -> None:
    """Backups are made silently or not at all: a role that may not is only seen here."""
    assert [(len(rehearsal.simulator.activities),)] == rehearsal.rows("SELECT count(*) FROM runs")
    tops = {key.split("/")[0] for key in rehearsal.objects()}
    assert {"raw", "recordings", "backups", "page"} < tops
    assert 2 == sum(key.startswith(("backups/weekly/", "backups/monthly/")) for key in rehearsal.objects())


def test_the_sync_state_tells_when_and_how(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """Only the function writes that secret."""
    state = rehearsal.secret("sync_state_secret_name")
    assert state["last_attempt"]["status"] in {"complete", "failed"}, "failed once the dead letter was made"
    assert state["last_sync_at"]
    assert state["backfill"]["complete"] is True


def test_a_second_start_fetches_only_what_is_new_and_renews_the_tokens(
    rehearsal: Rehearsal, first_sync: Answer, second_sync: Answer
) -> None:
    """Incremental in rows and in requests; the renewed pair is in the secret."""
    assert second_sync.error is None, second_sync.payload
    assert (1, 0) == (second_sync.payload["runs_new"], second_sync.payload["runs_updated"])
    assert second_sync.payload["requests"] < first_sync.payload["requests"] / 3
    assert [1.0] in [line["TokenRefreshes"] for line in rehearsal.metrics()]


def test_the_evenings_short_sync_starts_with_its_own_event(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """In the same role; Smashrun's lists are all that it asks for."""
    [_, evening] = rehearsal.schedules
    event = rehearsal.event_of_the_schedule(evening)
    assert json.loads(event)["short"] is True
    answer = rehearsal.invoke(event)
    assert answer.error is None, answer.payload
    assert "complete" == answer.payload["status"]
    assert answer.payload["requests"] <= 4


def test_the_metrics_are_lines_of_the_functions_own_log(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """In CloudWatch's embedded format, in the namespace the alarms listen to."""
    lines = rehearsal.metrics()
    assert len(lines) >= 2
    for line in lines:
        assert NAMESPACE == line["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    assert [1.0] == lines[0][Metric.COLD_START] == lines[0][Metric.SYNC_SUCCESS]
    assert [0.0] == lines[1][Metric.COLD_START], "the same environment served twice"


def _emitted(lines: list[dict[str, Any]]) -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    return {
        (block["Namespace"], metric["Name"], frozenset((name, line[name]) for name in dimensions))
        for line in lines
        for block in line["_aws"]["CloudWatchMetrics"]
        for metric in block["Metrics"]
        for dimensions in block["Dimensions"]
    }


def test_every_alarm_on_our_metrics_listens_to_something_that_the_log_carries(
    rehearsal: Rehearsal, dead_letters: list[str]
) -> None:
    """Name, namespace and dimensions as emitted by the package, not as both sides believe."""
    emitted = _emitted(rehearsal.metrics())
    listening = 0
    for alarm in rehearsal.deployment.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        queries = [
            query["metric"] for query in alarm.inputs.get("metricQueries") or [] if query.get("metric")
        ]
        for metric in queries or [alarm.inputs]:
            if metric.get("namespace") == NAMESPACE:
                listening += 1
                dimensions = frozenset((metric.get("dimensions") or {}).items())
                assert (NAMESPACE, metric["metricName"], dimensions) in emitted, alarm.name
    assert listening


def test_an_older_database_put_back_catches_up_from_the_archive(
    rehearsal: Rehearsal, restored_sync: Answer
) -> None:
    """What the archive holds is read again, in the function's own role."""
    assert restored_sync.error is None, restored_sync.payload
    assert [(len(rehearsal.simulator.activities),)] == rehearsal.rows("SELECT count(*) FROM runs")


def test_a_start_that_fails_for_good_becomes_a_dead_letter_that_says_why(
    rehearsal: Rehearsal, dead_letters: list[str]
) -> None:
    """The event, the error's name and its next step."""
    assert 1 == len(dead_letters)
    letter = json.loads(dead_letters[0])
    assert "scheduled_time" in letter["requestPayload"]
    assert "make auth" in letter["responsePayload"]["errorMessage"]
    assert [1.0] in [line[Metric.REAUTHORISATION_NEEDED] for line in rehearsal.metrics()]


def test_after_a_new_consent_the_sync_goes_on(rehearsal: Rehearsal, dead_letters: list[str]) -> None:
    """Nothing has to be deployed or repaired."""
    assert "complete" == rehearsal.invoke().payload["status"]


def test_no_secret_is_in_the_log(rehearsal: Rehearsal, dead_letters: list[str]) -> None:
    """Neither token nor client secret, failures included."""
    tokens = rehearsal.secret("tokens_secret_name")
    log = "\n".join(rehearsal.log_lines())
    assert log
    for name in ("access_token", "refresh_token", "client_secret"):
        assert tokens[name] not in log


@pytest.fixture(scope="module")
def elsewhere(rehearsal: Rehearsal) -> tuple[str, str]:
    """A bucket and a secret of another owner in the same account."""
    where = {"LocationConstraint": rehearsal.function.region}
    rehearsal.emulator.client("s3").create_bucket(Bucket="elsewhere-1", CreateBucketConfiguration=where)
    rehearsal.emulator.client("s3").put_object(Bucket="elsewhere-1", Key="key", Body=b"x")
    secrets = rehearsal.emulator.client("secretsmanager")
    return "elsewhere-1", secrets.create_secret(Name="elsewhere", SecretString="x")["ARN"]


def test_the_function_may_do_nothing_elsewhere_and_delete_nothing(
    rehearsal: Rehearsal, first_sync: Answer, elsewhere: tuple[str, str]
) -> None:
    """Its own role, held by the emulator's IAM: the other bucket, the other secret, deletion, restoring, the policies."""
    bucket, secret = elsewhere
    ours, tokens = rehearsal.output("bucket_name"), rehearsal.output("tokens_secret_name")
    key = next(iter(rehearsal.objects()))
    backup = next(key for key in rehearsal.objects() if key.startswith("backups/weekly/"))
    versions = rehearsal.emulator.client("s3").list_object_versions(
        Bucket=ours, Prefix=rehearsal.database()[1]
    )
    version = versions["Versions"][-1]
    me = rehearsal.as_role(rehearsal.function.inputs["role"])
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("s3", "get_object", {"Bucket": bucket, "Key": "key"}),
        ("s3", "put_object", {"Bucket": bucket, "Key": "key", "Body": b""}),
        ("s3", "list_objects_v2", {"Bucket": bucket}),
        ("s3", "put_object", {"Bucket": ours, "Key": "something/else", "Body": b""}),
        ("s3", "get_object", {"Bucket": ours, "Key": backup}),
        ("s3", "put_object", {"Bucket": ours, "Key": "backups/replaced/1.duckdb", "Body": b""}),
        ("s3", "list_object_versions", {"Bucket": ours}),
        ("s3", "get_object", {"Bucket": ours, "Key": version["Key"], "VersionId": version["VersionId"]}),
        ("s3", "put_object", {"Bucket": ours, "Key": "streaks.toml", "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "sessions/sessions.json", "Body": b""}),
        ("s3", "get_object", {"Bucket": ours, "Key": "sessions/sessions.json"}),
        ("s3", "delete_object", {"Bucket": ours, "Key": key}),
        ("s3", "delete_objects", {"Bucket": ours, "Delete": {"Objects": [{"Key": key}]}}),
        ("s3", "put_bucket_policy", {"Bucket": ours, "Policy": "{}"}),
        (
            "s3",
            "put_bucket_versioning",
            {"Bucket": ours, "VersioningConfiguration": {"Status": "Suspended"}},
        ),
        ("s3", "delete_bucket", {"Bucket": ours}),
        ("secretsmanager", "get_secret_value", {"SecretId": secret}),
        ("secretsmanager", "put_secret_value", {"SecretId": secret, "SecretString": "x"}),
        ("secretsmanager", "delete_secret", {"SecretId": tokens}),
        ("secretsmanager", "list_secrets", {}),
        ("lambda", "invoke", {"FunctionName": rehearsal.function.outputs["name"]}),
        ("iam", "list_roles", {}),
        ("sqs", "list_queues", {}),
    ]
    for service, operation, parameters in attempts:
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
            getattr(rehearsal.emulator.client(service, **me), operation)(**parameters)
    assert key in rehearsal.objects()


def test_the_schedules_role_may_start_the_sync_and_nothing_else(
    rehearsal: Rehearsal, first_sync: Answer
) -> None:
    """Neither read the record nor start what is not its target."""
    me = rehearsal.as_role(rehearsal.schedule.inputs["target"]["roleArn"])
    for service, operation, parameters in (
        ("s3", "list_objects_v2", {"Bucket": rehearsal.output("bucket_name")}),
        ("secretsmanager", "get_secret_value", {"SecretId": rehearsal.output("tokens_secret_name")}),
        ("lambda", "invoke", {"FunctionName": "something-else"}),
        ("lambda", "get_function", {"FunctionName": rehearsal.function.outputs["name"]}),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
            getattr(rehearsal.emulator.client(service, **me), operation)(**parameters)


def test_a_request_without_tls_is_refused_by_the_bucket(rehearsal: Rehearsal, first_sync: Answer) -> None:
    """Even the function's own: as a proxy in front of AWS would report it."""
    client = rehearsal.emulator.client("s3", **rehearsal.as_role(rehearsal.function.inputs["role"]))
    where = {"Bucket": rehearsal.output("bucket_name"), "Prefix": "raw/"}
    client.list_objects_v2(**where)

    def plainly(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-Proto"] = "http"

    client.meta.events.register("before-sign.s3.*", plainly)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_objects_v2(**where)
