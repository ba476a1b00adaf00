"""The deployed API, asked over HTTP as a page or a phone asks it; its role held by the emulator's IAM."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.whole.rehearsal.asking import Reply
from tests.whole.rehearsal.least_privilege import misfits
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

pytestmark = pytest.mark.rehearsal


def test_before_the_first_sync_it_says_that_there_is_no_record_yet(unsynced: Reply) -> None:
    """In words, and as a state that passes."""
    assert 503 == unsynced.status, unsynced.text
    assert "application/problem+json" == unsynced.headers["content-type"].split(";")[0]
    assert len(unsynced.body["detail"].split()) > 3


def test_without_a_key_nobody_learns_anything(rehearsal: Rehearsal, first_sync: Answer) -> None:
    """No key, a wrong one, one in the query string; a path that exists, and one that does not."""
    answers = {
        rehearsal.ask("/v1/streak").text,
        rehearsal.ask("/v1/status").text,
        rehearsal.ask("/v1/streak", key="wrong").text,
    }
    assert 1 == len(answers), "the same words"
    for path in ("/v1/streak", "/v1/status", "/v1/runs"):
        assert 401 == rehearsal.ask(path).status
        assert 401 == rehearsal.ask(path, key="wrong").status
    assert 401 == rehearsal.ask(f"/v1/streak?key={rehearsal.key('phone')}").status


def test_with_a_key_it_tells_the_streak_that_the_database_tells(
    rehearsal: Rehearsal, first_sync: Answer, second_sync: Answer
) -> None:
    """As it is after the second sync: the new run is in the answer of an environment that was warm before."""
    reply = rehearsal.ask("/v1/streak", key=rehearsal.key("phone"))
    assert 200 == reply.status, reply.text
    [(longest,)] = rehearsal.rows("SELECT max(length_days) FROM streaks")
    assert longest == reply.body["longest"]["length_days"]
    runs = rehearsal.ask("/v1/runs?limit=1", key=rehearsal.key("phone"))
    [(newest,)] = rehearsal.rows("SELECT max(start_local)::VARCHAR FROM runs")
    assert newest.replace(" ", "T") == runs.body["items"][0]["start_local"]


def test_the_status_says_how_fresh_the_record_is(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """Out of the small object beside the database, which the sync writes and the API reads."""
    reply = rehearsal.ask("/v1/status", key=rehearsal.key("phone"))
    assert 200 == reply.status, reply.text
    assert reply.body["last_success_at"]
    assert reply.body["stale"] is False


def test_an_answer_that_has_not_changed_is_not_sent_again(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """The ETag survives the gateway."""
    path, key = "/v1/stats/month", rehearsal.key("phone")
    first = rehearsal.ask(path, key=key)
    again = rehearsal.ask(path, key=key, **{"If-None-Match": first.headers["etag"]})
    assert (200, 304, "") == (first.status, again.status, again.text)


def test_a_revoked_key_opens_nothing(rehearsal: Rehearsal, first_sync: Answer) -> None:
    """At once, while another one still does."""
    rehearsal.key("stolen")
    assert 200 == rehearsal.ask("/v1/streak", key=rehearsal.key("stolen")).status
    rehearsal.revoke("stolen")
    assert 401 == rehearsal.ask("/v1/streak", key=rehearsal.key("stolen")).status
    assert 200 == rehearsal.ask("/v1/streak", key=rehearsal.key("phone")).status


def test_the_keys_are_kept_as_hashes_and_never_logged(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """Neither in the parameter nor in the function's log."""
    keys = [rehearsal.key("phone"), rehearsal.key("stolen")]
    for key in keys:
        assert 200 <= rehearsal.ask("/v1/streak", key=key).status < 500
    log = "\n".join(rehearsal.log_lines(rehearsal.api_function))
    assert log
    kept = rehearsal.emulator.client("ssm").get_parameter(Name=rehearsal.output("api_keys_parameter"))
    for key in keys:
        assert key not in log
        assert key not in kept["Parameter"]["Value"]


def test_the_page_is_the_one_that_the_sync_has_written(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """Without a key there is the page to sign in; its files need none."""
    shown = rehearsal.ask("/", key=rehearsal.key("phone"))
    assert (200, "text/html") == (shown.status, shown.headers["content-type"].split(";")[0])
    assert 'id="streak"' in shown.text
    assert 401 == rehearsal.ask("/").status
    files = set(re.findall(r"/page/[a-z.0-9]+\.(?:js|css)\b", shown.text))
    assert files
    assert {200} == {rehearsal.ask(file).status for file in files}


def test_a_phone_signs_in_with_a_code_that_works_once_and_is_out_when_revoked(
    rehearsal: Rehearsal, second_sync: Answer
) -> None:
    """The gateway passes the cookie on both ways."""
    code = {"code": rehearsal.code("pocket")}

    def sign_in() -> Reply:
        return rehearsal.ask("/session", method="POST", body=code, Origin=rehearsal.origin)

    signed_in = sign_in()
    assert 204 == signed_in.status, signed_in.text
    cookie, *attributes = signed_in.headers["set-cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=Strict"} <= set(attributes)
    assert 403 == sign_in().status
    assert 200 == rehearsal.ask("/", Cookie=cookie).status
    rehearsal.sign_out("pocket")
    assert 401 == rehearsal.ask("/", Cookie=cookie).status


def test_the_page_asks_smashrun_and_hears_when_that_is_done(
    rehearsal: Rehearsal, asked_sync: list[Reply]
) -> None:
    """The API starts the sync by its alias and does not wait for it; soon after, it may not start another."""
    asked, *_, last = asked_sync
    assert 202 == asked.status, asked.text
    assert (200, "done") == (last.status, last.body["state"])
    again = rehearsal.ask("/refresh", rehearsal.key("phone"), method="POST")
    assert 429 == again.status
    assert 0 < int(again.headers["retry-after"]) <= 300


def test_the_api_may_do_what_it_does_and_does_what_it_may(
    rehearsal: Rehearsal, asked_sync: list[Reply]
) -> None:
    """Both ways, action by action and resource by resource."""
    rehearsal.ask("/", key=rehearsal.key("phone"))
    rehearsal.ask("/v1/status", key=rehearsal.key("phone"))
    rehearsal.ask("/v1/layers", key=rehearsal.key("phone"))
    function = rehearsal.api_function
    calls = rehearsal.calls(function)
    assert ([], [], []) == misfits(function, rehearsal.deployment, calls, rehearsal.secret_arns())


def test_the_apis_role_may_do_nothing_else(rehearsal: Rehearsal, second_sync: Answer) -> None:
    """Neither write nor list record and page, nor read the archive, nor touch keys, secrets or the sync but its alias."""
    ours, parameter = rehearsal.output("bucket_name"), rehearsal.output("api_keys_parameter")
    archived = next(key for key in rehearsal.objects() if key.startswith("raw/"))
    me = rehearsal.as_role(rehearsal.api_function.inputs["role"])
    bucket, key = rehearsal.database()
    assert rehearsal.emulator.client("s3", **me).get_object(Bucket=bucket, Key=key)["ContentLength"]
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("s3", "list_objects_v2", {"Bucket": ours}),
        ("s3", "get_object", {"Bucket": ours, "Key": archived}),
        ("s3", "put_object", {"Bucket": ours, "Key": key, "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "freshness.json", "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "streaks.toml", "Body": b""}),
        ("s3", "put_object", {"Bucket": ours, "Key": "page/index.html", "Body": b""}),
        ("s3", "delete_object", {"Bucket": ours, "Key": "sessions/refresh.json"}),
        ("s3", "delete_object", {"Bucket": ours, "Key": key}),
        ("ssm", "put_parameter", {"Name": parameter, "Value": "{}", "Overwrite": True, "Type": "String"}),
        ("ssm", "get_parameter", {"Name": "/somebody/else"}),
        ("ssm", "get_parameters_by_path", {"Path": "/myrunstreak"}),
        ("secretsmanager", "get_secret_value", {"SecretId": rehearsal.output("tokens_secret_name")}),
        ("secretsmanager", "get_secret_value", {"SecretId": rehearsal.output("sync_state_secret_name")}),
        ("lambda", "invoke", {"FunctionName": rehearsal.function.outputs["name"]}),
        ("lambda", "invoke", {"FunctionName": f"{rehearsal.function.outputs['arn']}:$LATEST"}),
        ("lambda", "get_function", {"FunctionName": rehearsal.function.outputs["name"]}),
        ("iam", "list_roles", {}),
    ]
    for service, operation, parameters in attempts:
        with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
            getattr(rehearsal.emulator.client(service, **me), operation)(**parameters)
