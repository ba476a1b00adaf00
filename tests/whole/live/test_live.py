"""Up, invoke, no difference, destroy: the whole life of a stack, in this order."""

from __future__ import annotations

import json
from secrets import token_hex

import pytest
from botocore.exceptions import ClientError

from tests.whole.live.stack import LiveStack

pytestmark = pytest.mark.live

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
    "message_function_name",
    "message_topic_arn",
    "notify_urls_parameter",
}


def test_a_fresh_stack_comes_up_with_all_its_outputs(live: LiveStack) -> None:
    """From the required keys, and those that ask for messages."""
    live.up()
    assert set(live.stack.outputs()) >= OUTPUTS


def test_a_second_up_and_a_refresh_change_nothing(live: LiveStack) -> None:
    """What AWS answers is what the program says; otherwise every day's `up` would show a difference."""
    live.up()
    live.stack.preview(expect_no_changes=True, on_output=print)
    live.stack.refresh(expect_no_changes=True, on_output=print)
    live.stack.up(expect_no_changes=True, on_output=print)


def test_the_function_syncs_or_says_that_it_has_no_tokens(live: LiveStack) -> None:
    """Against an emulator the whole way into the bucket; on AWS, which cannot reach the simulator, up to the tokens."""
    live.up()
    if live.simulator is None:
        answer, error = live.invoke()
        assert error
        assert "make auth" in answer["errorMessage"]
        return
    live.store_tokens()
    answer, error = live.invoke()
    assert error is None, answer
    assert ("complete", len(live.simulator.activities)) == (answer["status"], answer["runs_new"])
    key = live.output("database_uri").removeprefix(f"s3://{live.output('bucket_name')}/")
    live.client("s3").head_object(Bucket=live.output("bucket_name"), Key=key)


def test_no_channels_address_comes_into_the_state(live: LiveStack) -> None:
    """What the operator puts into the parameter stays there through `refresh` and `up`, and there alone."""
    live.up()
    where, address = live.output("notify_urls_parameter"), f"ntfy://ntfy.sh/{token_hex(16)}"
    live.client("ssm").put_parameter(
        Name=where, Value=json.dumps({"urls": [address]}), Type="SecureString", Overwrite=True
    )
    live.stack.refresh(on_output=print)
    live.stack.up(on_output=print)
    state = json.dumps(live.stack.export_stack().deployment)  # secrets in plain text
    assert where in state
    assert address not in state
    kept = live.client("ssm").get_parameter(Name=where, WithDecryption=True)["Parameter"]["Value"]
    assert {"urls": [address]} == json.loads(kept)


def test_the_api_is_there_and_lets_nobody_in(live: LiveStack) -> None:
    """Through the gateway to the function and back: the refusal is the handler's, in its own words."""
    live.up()
    status, headers = live.ask("/v1/streak")
    assert 401 == status
    assert headers["WWW-Authenticate"].startswith("Bearer")


def test_a_stack_that_does_not_protect_its_data_leaves_nothing(live: LiveStack) -> None:
    """Bucket, secrets, function, keys, channels and API: gone, although the bucket was not empty."""
    live.up()
    bucket, function = live.output("bucket_name"), live.output("sync_function_name")
    parameters = [live.output("api_keys_parameter"), live.output("notify_urls_parameter")]
    secrets = [live.output("tokens_secret_name"), live.output("sync_state_secret_name")]
    live.destroy()
    with pytest.raises(ClientError):
        live.client("s3").head_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        live.client("lambda").get_function(FunctionName=function)
    for secret in secrets:
        with pytest.raises(ClientError, match=r"ResourceNotFound|InvalidRequest"):
            live.client("secretsmanager").get_secret_value(SecretId=secret)
    for parameter in parameters:
        with pytest.raises(ClientError, match="ParameterNotFound"):
            live.client("ssm").get_parameter(Name=parameter)
