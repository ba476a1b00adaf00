"""The stack's configuration: one clear line for each mistake, before anything is registered."""

from __future__ import annotations

import json
import re
import shlex
import socket

import pytest
import yaml
from myrunstreak.contract.tuning import Tuning

from infra.config import REGIONS, ConfigError, StackConfig, load_config, read_stack
from infra.naming import Names
from infra.schedules import daily_at, parse_extra_times, runs_every_day
from tests.infra.conftest import MESSAGES
from tests.infra.recording import EMAIL, ROOT, find_secrets, run, run_main, stack_config

PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())


def test_pulumi_yaml_declares_every_key_with_its_type_and_default() -> None:
    """Neither knows a key that the other does not; an unset key is an empty text there and None here."""
    declared, fields = PROJECT["config"], StackConfig.model_fields
    assert fields.keys() == declared.keys()
    for key, field in fields.items():
        entry = declared[key]
        assert field.description, key
        assert field.description in entry["description"], key
        assert ("default" not in entry) == field.is_required(), key
        if key != "environment" and not field.is_required():
            assert ("" if field.default is None else field.default) == entry["default"], key
        kinds = {bool: "boolean", int: "integer"}
        assert kinds.get(type(field.default), "string") == entry["type"], key
    assert "" == declared["environment"]["default"]
    assert {"alarm_email"} == {key for key, field in fields.items() if field.is_required()}
    assert Tuning.model_fields.keys() < fields.keys()


def test_pulumi_yaml_names_the_runtime_that_pulumi_install_understands() -> None:
    """pip, into the .venv that `make` uses too."""
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    assert ("myrunstreak", runtime) == (PROJECT["name"], PROJECT["runtime"])


def test_the_defaults_of_pulumi_yaml_are_the_models() -> None:
    """What Pulumi hands over on a fresh stack reads as a configuration with the e-mail alone."""
    assert StackConfig.parse({"alarm_email": EMAIL}) == StackConfig.parse(stack_config("fresh"))


BAD = [
    ("region", "us-east-9", "did you mean us-east-"),
    ("region", "cn-north-1", "an AWS region"),
    ("schedule", "cron(0 25 * * ? *)", "a time of every day"),
    ("schedule", "cron(0 6 ? * MON *)", "a time of every day"),
    ("schedule", "0 6 * * *", "a time of every day"),
    ("extra_syncs", "24:00", "times of the day"),
    ("extra_syncs", "9:30", "times of the day"),
    ("extra_syncs", "22:00,", "times of the day"),
    ("extra_syncs", "22:00;23:00", "times of the day"),
    ("extra_syncs", "22:00, 12:30, 22:00", "each once"),
    ("extra_syncs", "01:00,02:00,03:00,04:00,05:00,06:00,07:00", "up to 6"),
    ("extra_syncs", "none,22:00", "or none"),
    ("share", "friends", "true or false"),
    ("remind_at", "24:00", "times of the day"),
    ("digest", "weekly", "true or false"),
    ("message_email", "runner@", "those of alarm_email"),
    ("runner_timezone", "Europe/Atlantis", "IANA time zone"),
    ("alarm_email", "runner.example.org", "an e-mail address"),
    ("alarm_email", "a@example.org, b@", "an e-mail address"),
    ("replica_region", "us-east-2", "another region"),
    ("replica_region", "moon-1", "another AWS region"),
    ("lease", "lease.json", "s3://bucket/key"),
    ("lease", "s3://bucket", "none"),
    ("lease", "s3://bucket/leases/", "s3://bucket/key"),
    ("standby", "perhaps", "true or false"),
    ("aws_endpoint", "127.0.0.1:4566", "the http(s) URL"),
    ("memory_mb", "64", "from 256 to 10240"),
    ("memory_mb", "lots", "from 256 to 10240"),
    ("timeout_s", "901", "from 60 to 900"),
    ("stop_margin_s", "200", "at most half of timeout_s (300)"),
    ("tmp_mb", "100", "from 512 to 10240"),
    ("api_memory_mb", "256", "from 384 to 10240"),
    ("api_timeout_s", "30", "from 3 to 29"),
    ("api_requests_per_second", "0", "from 1 to 40"),
    ("api_requests_per_second", "41", "from 1 to 40"),
    ("api_public_status", "maybe", "true or false"),
    ("api_cors_origin", "https://runs.example.org/path", "the one web origin"),
    ("retry_attempts", "3", "0, 1 or 2"),
    ("architecture", "riscv", "arm64 or x86_64"),
    ("runtime", "python9.9", "python3.12 or python3.13"),
    ("log_retention_days", "91", "one of CloudWatch's"),
    ("secret_recovery_days", "3", "from 7 to 30"),
    ("protect_data", "perhaps", "true or false"),
    ("streak_min_distance", "a lot", "any, mile"),
    ("detail_requests_per_sync", "-1", "from 0 (off) to 100000"),
    ("flexible_window_minutes", "61", "to 60"),
    ("monthly_budget_usd", "0", "from 1"),
    ("smashrun_api_url", "http://smashrun.example", "an https URL"),
    ("club", "yes, please", "true or false"),
    ("club_min_distance", "far", "any, mile"),
    ("club_workers", "1", "from 2 to 100"),
    ("lake_memory_mb", "512", "from 1024 to 10240"),
    ("athena_cutoff_gb", "0", "from 1 to 10000"),
    ("environment", "My Stack", "lower-case letters"),
]


@pytest.mark.parametrize(("key", "value", "accepted"), BAD)
def test_a_bad_value_is_one_line_with_key_value_range_and_command(
    key: str, value: str, accepted: str
) -> None:
    """And nothing is registered."""
    with pytest.raises(ConfigError) as raised:
        run_main("dev", {key: value})
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith(f"myrunstreak:{key} is '{value}'")
    assert accepted in message
    assert re.search(rf"Fix it: pulumi config (set|rm) {key}( |$)", message)


@pytest.mark.parametrize(("key", "value", "_accepted"), BAD)
def test_the_command_of_a_line_mends_it_as_it_is_printed(key: str, value: str, _accepted: str) -> None:
    """Read by a shell and carried out, it leaves a configuration that is accepted."""
    values = {"alarm_email": EMAIL} | {key: value}
    with pytest.raises(ConfigError) as raised:
        StackConfig.parse(values)
    _, _, command = str(raised.value).partition("Fix it: ")
    match shlex.split(command):
        case ["pulumi", "config", "rm", named]:
            del values[named]
        case ["pulumi", "config", "set", named, mended, *options]:
            assert set(options) <= {"--secret", "--plaintext"}
            values[named] = mended
        case words:
            raise AssertionError(words)
    assert key == named
    StackConfig.parse(values)


# As Pulumi's command line asks it before it stores a value in plain (cmd/pulumi/config, keyPattern). It then weighs
# the value; a number of two digits is never a secret to it, and an address always is.
LIKE_A_SECRET = re.compile("passwd|pass|password|pwd|secret|token", re.IGNORECASE)


def test_a_key_that_looks_like_a_secret_is_set_with_the_option_that_says_it_is_none() -> None:
    """The command line would refuse the line that we print: "looks like a secret"."""
    alike = {key for key in StackConfig.model_fields if LIKE_A_SECRET.search(key)}
    assert {"smashrun_token_url", "secret_recovery_days"} == alike
    with pytest.raises(ConfigError) as raised:
        StackConfig.parse({"alarm_email": EMAIL, "smashrun_token_url": "http://smashrun.example/token"})
    assert str(raised.value).endswith(
        "Fix it: pulumi config set smashrun_token_url https://secure.smashrun.com/oauth2/token --plaintext"
    )
    assert PROJECT["config"]["secret_recovery_days"]["type"] == "integer"


def test_a_refused_configuration_ends_the_program_as_told(caplog: pytest.LogCaptureFixture) -> None:
    """Our line is the only one: by this exit code the language host knows that it needs none of its own."""
    ended: list[object] = []

    def program() -> None:
        try:
            read_stack(ROOT)
        except SystemExit as end:
            ended.append(end.code)

    run(program, config={"alarm_email": "runner.example"})
    assert [32] == ended
    [line] = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert line.startswith("myrunstreak:alarm_email is 'runner.example'; accepted: ")


def test_an_endpoint_where_nothing_listens_is_one_line_before_anything_is_registered() -> None:
    """The provider would try for over a minute, and end with a trace."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConfigError) as raised:
            run_main("dev", {"aws_endpoint": url})
    assert (
        f"myrunstreak:aws_endpoint is '{url}', and nothing answers there (Connection refused); accepted: an emulator "
        "that runs, or empty for AWS itself. Fix it: pulumi config rm aws_endpoint, or start the emulator"
    ) == str(raised.value)


def test_several_mistakes_are_a_line_each() -> None:
    """All at once, not one at every attempt."""
    with pytest.raises(ConfigError) as raised:
        StackConfig.parse({"memory_mb": "64", "region": "moon"})
    refused = re.findall(r"^myrunstreak:(\w+) is", str(raised.value), re.MULTILINE)
    assert {"memory_mb", "region", "alarm_email"} == set(refused)
    assert "alarm_email is not set" in str(raised.value)


def test_a_misspelled_key_is_told_with_the_one_that_was_meant() -> None:
    """A typing mistake must not silently leave the default in force."""
    with pytest.raises(
        ConfigError, match=r"alarm_mail is not a key .* Did you mean alarm_email\? .* config rm alarm_mail"
    ):
        run_main("dev", {"alarm_mail": EMAIL})


def test_times_of_reminders_need_the_zone_that_they_are_in() -> None:
    """In UTC they would come at the wrong time of the day; the digest alone may."""
    with pytest.raises(ConfigError) as raised:
        run_main("dev", {"remind_at": "18:30,21:30"})
    assert (
        "myrunstreak:remind_at is '18:30,21:30', and runner_timezone is not set; accepted: with the zone that the times "
        "are in. Fix it: pulumi config set runner_timezone Europe/Amsterdam"
    ) == str(raised.value)
    zone = {"alarm_email": EMAIL, "runner_timezone": "Europe/Amsterdam"}
    assert StackConfig.parse(zone | {"remind_at": "18:30,21:30"}).has_messages
    assert StackConfig.parse({"alarm_email": EMAIL, "digest": "true"}).has_messages
    assert not StackConfig.parse(zone).has_messages


NOT_IN_A_CLUB = {
    "runner_timezone": "Europe/Amsterdam",
    "remind_at": "18:30",
    "digest": "true",
    "message_email": "other@example.org",
    "share": "true",
    "api_public_status": "true",
    "schedule": "rate(12 hours)",
    "extra_syncs": "none",
    "flexible_window_minutes": "0",
    "standby": "true",
    "lease": "none",
    "reserved_concurrency": "2",
    "provisioned_concurrency": "1",
}


@pytest.mark.parametrize(("key", "value"), NOT_IN_A_CLUB.items())
def test_what_means_nothing_in_a_club_is_one_line_that_mends_it(key: str, value: str) -> None:
    """It would be accepted and do nothing; the same value is welcome where there is one runner."""
    one_runner = {"alarm_email": EMAIL, "runner_timezone": "Europe/Amsterdam", key: value}
    StackConfig.parse(one_runner)
    with pytest.raises(ConfigError) as raised:
        StackConfig.parse({"alarm_email": EMAIL, "club": "true", key: value})
    message = str(raised.value)
    assert "\n" not in message
    assert message.startswith(f"myrunstreak:{key} is set, and club is true; accepted: nothing, since ")
    assert message.endswith(f"Fix it: pulumi config rm {key}")


def test_a_club_goes_with_both_templates_and_with_a_second_region() -> None:
    """Objects are copied there; what syncs stays in one region."""
    for template in ("dev", "prod"):
        assert StackConfig.parse(stack_config(template) | {"club": "true"}).club
    assert StackConfig.parse(stack_config("prod") | {"club": "true"}).replica_region


def test_a_channels_address_in_the_configuration_is_refused_and_not_shown() -> None:
    """It is a secret in a file that is committed: the line says how to remove it, and where it belongs."""
    with pytest.raises(ConfigError) as raised:
        run_main("dev", {"notify_urls": "ntfy://alice:geheim@ntfy.example.org/streak"})
    message = str(raised.value)
    assert "geheim" not in message
    assert "ntfy" not in message
    assert message.startswith("myrunstreak:notify_urls ")
    assert message.endswith("Fix it: pulumi config rm notify_urls, and then make channel STACK=dev")
    assert "\n" not in message


def test_a_secret_address_is_checked_and_shown_in_no_message() -> None:
    """The line says which key, not what was in it."""
    with pytest.raises(ConfigError) as raised:
        run_main("dev", {"alarm_email": "runner.example.org"}, secret_keys=("alarm_email",))
    assert (
        "myrunstreak:alarm_email is '[secret]'; accepted: an e-mail address, or several with commas between. "
        "Fix it: pulumi config set alarm_email you@example.org --secret"
    ) == str(raised.value)


@pytest.mark.parametrize("by", ["the engine", "the environment"])
def test_a_secret_address_is_a_secret_of_the_state(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of alarms and of messages, which go to the same address; nothing else of the stack has it in it."""
    keys = ("alarm_email",) if by == "the engine" else ()
    if not keys:
        monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["myrunstreak:alarm_email"]')
    stack = run_main("dev", MESSAGES, secret_keys=keys)
    for resource in stack.resources:
        secrets = [secret["value"] for secret in find_secrets(resource.inputs)]
        if resource.type.endswith(":TopicSubscription"):
            assert [EMAIL] == secrets
        else:
            assert EMAIL not in json.dumps(resource.inputs)
    assert EMAIL not in json.dumps(stack.outputs)


PERSONAL = {"alarm_email", "message_email", "runner_timezone"}


def test_a_runners_own_settings_are_in_no_tracked_file() -> None:
    """Git ignores the file of every stack but the two templates, and they say nothing about a person."""
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    templates = {line.removeprefix("!/") for line in ignored if line.startswith("!/Pulumi.")}
    assert "/Pulumi.*.yaml" in ignored
    assert {"Pulumi.dev.yaml", "Pulumi.prod.yaml"} == templates
    for name in templates:
        text = (ROOT / name).read_text()
        settings = {key.removeprefix("myrunstreak:") for key in yaml.safe_load(text)["config"]}
        assert settings <= StackConfig.model_fields.keys() - PERSONAL
        assert f"cp {name} Pulumi.mine.yaml" in text


def test_each_address_is_as_secret_as_its_own_key() -> None:
    """A secret one for messages does not hide the operator's, and the other way round."""
    config = MESSAGES | {"message_email": "other@example.org"}
    stack = run_main("dev", config, secret_keys=("message_email",))
    hidden = {s.name: bool(find_secrets(s.inputs)) for s in stack.all(":TopicSubscription")}
    assert {
        "myrunstreak-dev-alerting-email-0": False,
        "myrunstreak-dev-message-topic-email-0": True,
    } == hidden


def test_messages_go_where_alarms_go_unless_said_otherwise() -> None:
    """Each address once, in order; alarms do not follow the messages."""
    known = {"alarm_email": f"{EMAIL},other@example.org"}
    assert [EMAIL, "other@example.org"] == StackConfig.parse(known).message_emails
    own = StackConfig.parse(known | {"message_email": "b@example.org, a@example.org,b@example.org"})
    assert ["b@example.org", "a@example.org"] == own.message_emails
    assert [EMAIL, "other@example.org"] == own.alarm_emails


@pytest.mark.parametrize(
    ("stack", "usable"), [("Dev", "dev"), ("my_stack", "my-stack"), ("a" * 25, "a" * 24), ("2026", "mine")]
)
def test_a_stack_whose_name_cannot_be_in_a_bucket_is_refused(stack: str, usable: str) -> None:
    """Found before S3 would say so in the middle of an update; the line has a name that may be."""
    with pytest.raises(ConfigError, match=f"Fix it: pulumi stack rename {usable}$"):
        run_main(stack)
    run(load_config, stack=usable, config={"alarm_email": EMAIL})


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("cron(0 6 * * ? *)", True),
        ("cron(30 5,17 ? * * *)", True),
        ("cron(15 */6 * * ? *)", True),
        ("cron(0 6-8 * * ? *)", True),
        ("rate(1 day)", True),
        ("rate(12 hours)", True),
        ("rate(1 hour)", True),
        ("rate(1 hours)", False),
        ("rate(25 hours)", False),
        ("rate(2 days)", False),
        ("rate(5 minutes)", False),
        ("at(2026-11-23T06:00:00)", False),
        ("cron(60 6 * * ? *)", False),
        ("cron(0 24 * * ? *)", False),
        ("cron(0 8-6 * * ? *)", False),
        ("cron(0 6 * * * *)", False),
        ("cron(0 6 1 * ? *)", False),
        ("cron(0 6 * * ?)", False),
        ("cron(0 6 * * ? 2026)", False),
        ("", False),
    ],
)
def test_only_schedules_of_every_day_are_accepted(expression: str, accepted: bool) -> None:
    """Less often, and the alarm for 26 hours without success would never be quiet."""
    assert accepted == runs_every_day(expression)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("none", []),
        ("22:00", ["22:00"]),
        ("12:30, 00:05,23:59", ["12:30", "00:05", "23:59"]),
        ("01:00,02:00,03:00,04:00,05:00,06:00", ["01:00", "02:00", "03:00", "04:00", "05:00", "06:00"]),
    ],
)
def test_further_times_are_read_as_written_and_each_is_a_schedule_of_every_day(
    text: str, times: list[str]
) -> None:
    """In their order; a zero in front is no octal number to EventBridge Scheduler, but is left out all the same."""
    assert times == parse_extra_times(text)
    assert all(runs_every_day(daily_at(time)) for time in times)
    assert ("cron(5 0 * * ? *)", "cron(0 22 * * ? *)") == (daily_at("00:05"), daily_at("22:00"))


def test_regions_are_those_of_the_common_partition() -> None:
    """The others have other ARNs and consoles."""
    assert {"us-east-2", "eu-central-1", "ap-southeast-2"} <= REGIONS
    assert not {r for r in REGIONS if r.startswith(("cn-", "us-gov", "us-iso", "eusc"))}


def test_names_carry_project_and_stack() -> None:
    """Of resources, and of secrets within their path."""
    names = Names("dev")
    assert "myrunstreak-dev-sync" == names.of("sync")
    assert "myrunstreak/dev/smashrun/tokens" == names.secret("myrunstreak/smashrun/tokens")
