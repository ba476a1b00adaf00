"""Everything on stage: Smashrun, AWS, the real program's resources, the real package, real tokens."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from myrunstreak.contract.entry_points import API_HANDLER, MESSAGES_HANDLER, SYNC_HANDLER

from scripts.simulator import Activity, Simulator
from tests.stage.emulator import (
    ACCOUNT,
    Emulator,
)
from tests.stage.ports import free_port
from tests.whole.rehearsal.asking import Reply, ask, host, run_command
from tests.whole.rehearsal.engine import Deployment, Resource
from tests.whole.rehearsal.processes import authorise

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
_OUR_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}


@dataclass
class Answer:
    """What an invocation came to."""

    payload: Any
    error: str | None
    log: str


@dataclass
class Rehearsal:
    """One deployed stack and what stands around it; made by ``open_rehearsal``.

    Attributes:
        zone, today: the runner's.
        runs_at_first: how many runs Smashrun has when the play begins.
    """

    folder: Path
    simulator: Simulator
    emulator: Emulator
    deployment: Deployment
    zone: ZoneInfo
    today: date
    runs_at_first: int
    _keys: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def region(self) -> str:
        """Where the stack is."""
        return str(self.output("alarm_topic_arn")).split(":")[3]

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of the stack's region; as the root user unless credentials are given."""
        return self.emulator.client(service, self.region, **credentials)

    # what was deployed

    def output(self, name: str) -> Any:
        """A stack output."""
        return self.deployment.outputs[name]

    @property
    def function(self) -> Resource:
        """The sync's function."""
        return self._function(SYNC_HANDLER)

    @property
    def api_function(self) -> Resource:
        """The function that answers questions."""
        return self._function(API_HANDLER)

    @property
    def message_function(self) -> Resource:
        """The function that tells the runner."""
        return self._function(MESSAGES_HANDLER)

    @property
    def schedules(self) -> list[Resource]:
        """The schedules that start the sync: the daily one first."""
        return sorted(
            self._schedules(self.function), key=lambda one: "short" in one.inputs["target"]["input"]
        )

    @property
    def message_schedules(self) -> list[Resource]:
        """The schedules that start the messages: the reminders by their times, then the digest."""
        return sorted(self._schedules(self.message_function), key=lambda one: one.name)

    def _function(self, handler: str) -> Resource:
        functions = self.deployment.of_type("aws:lambda/function:Function")
        return next(one for one in functions if one.inputs["handler"] == handler)

    def _schedules(self, function: Resource) -> list[Resource]:
        return [
            one
            for one in self.deployment.of_type("aws:scheduler/schedule:Schedule")
            if one.inputs["target"]["arn"].startswith(f"{function.outputs['arn']}:")
        ]

    @property
    def schedule(self) -> Resource:
        """The daily schedule."""
        return self.schedules[0]

    def secret_arns(self) -> dict[str, str]:
        """ARNs of the stack's secrets and parameters by name."""
        of_type = self.deployment.of_type
        kept = of_type("aws:secretsmanager/secret:Secret") + of_type("aws:ssm/parameter:Parameter")
        return {one.outputs["name"]: one.outputs["arn"] for one in kept}

    # acting

    def as_role(self, role_arn: str) -> dict[str, str]:
        """Credentials of a role's understudy: the same policies, but we may take it.

        The role itself trusts one AWS service, for one account and one of its resources; the emulator holds to that.
        """
        iam, name = self.client("iam"), role_arn.rpartition("/")[2]
        understudy = f"understudy-{name}"[:64]
        try:
            arn = iam.get_role(RoleName=understudy)["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            arn = iam.create_role(RoleName=understudy, AssumeRolePolicyDocument=json.dumps(_OUR_TRUST))[
                "Role"
            ]["Arn"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                iam.put_role_policy(
                    RoleName=understudy, PolicyName=policy, PolicyDocument=json.dumps(document)
                )
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="rehearsal")["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def authorise(self) -> dict[str, Any]:
        """Run setup_tokens as people do, against the stack's secret; a browser of ours agrees."""
        settings = {
            **self.emulator.environment(),
            "SMASHRUN_API_URL": self.simulator.api_url,
            "SMASHRUN_AUTHORIZE_URL": self.simulator.authorize_url,
            "SMASHRUN_TOKEN_URL": self.simulator.token_url,
            "SMASHRUN_CLIENT_ID": self.simulator.client_id,
            "SMASHRUN_CLIENT_SECRET": self.simulator.client_secret,
            "SMASHRUN_REDIRECT_URI": f"http://localhost:{free_port()}/callback",
            "TOKENS_SECRET": self.output("tokens_secret_name"),
            "AWS_REGION": self.region,
        }
        return authorise(settings, self.folder)

    def key(self, name: str) -> str:
        """The API key of this name, made with the command that people type when it is first asked for."""
        if name not in self._keys:
            made = run_command(self._our_settings(), self.folder, "api-key", "new", "--name", name)
            assert name == made["name"]
            self._keys[name] = made["key"]
        return self._keys[name]

    def revoke(self, name: str) -> None:
        """Revoke an API key."""
        run_command(self._our_settings(), self.folder, "api-key", "revoke", name)

    def code(self, phone: str) -> str:
        """A code that signs a phone of this name in."""
        return run_command(self._our_settings(), self.folder, "phone", "--name", phone)["code"]

    def sign_out(self, phone: str) -> None:
        """Revoke a phone's session."""
        run_command(self._our_settings(), self.folder, "phone", "revoke", phone)

    def _our_settings(self) -> dict[str, str]:
        return {
            **self.emulator.environment(),
            "DUCKDB_PATH": self.output("database_uri"),
            "API_KEYS": self.output("api_keys_parameter"),
            "NOTIFY_URLS": self.output("notify_urls_parameter"),
            "AWS_REGION": self.region,
        }

    def ask(self, path: str, key: str | None = None, **how: Any) -> Reply:
        """GET a path of the API; or what ``asking.ask`` takes beside it."""
        return ask(self.emulator, self.output("api_url"), path, key, **how)

    @property
    def origin(self) -> str:
        """The page's origin, as a browser would send it."""
        return f"https://{host(self.emulator, self.output('api_url'))}"

    def add_channel(self, url: str) -> str:
        """Add a channel with the command that people type; its name."""
        return run_command(self._our_settings(), self.folder, "message", "--add", "-", said=url)["added"]

    def remove_channel(self, number: int) -> None:
        """Remove it again."""
        run_command(self._our_settings(), self.folder, "message", "--remove", str(number))

    def event_of_the_schedule(
        self, schedule: Resource | None = None, at: str | None = None, on: date | None = None
    ) -> str:
        """A schedule's input as stored in AWS, its time filled in as EventBridge Scheduler does; else the daily one's.

        Args:
            at: HH:MM on the runner's clock; None: now.
            on: the day of that; None: today.
        """
        one = schedule or self.schedule
        stored = self.client("scheduler").get_schedule(
            Name=one.outputs["name"], GroupName=one.outputs["groupName"]
        )
        due = (
            datetime.combine(on or self.today, time.fromisoformat(at), self.zone) if at else datetime.now(UTC)
        )
        due_text = due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return stored["Target"]["Input"].replace(SCHEDULED_TIME, due_text)

    def invoke(self, event: str | None = None, schedule: Resource | None = None) -> Answer:
        """Invoke what a schedule invokes, the daily one unless another is given, in its role and with its input."""
        target = (schedule or self.schedule).inputs["target"]
        client = self.client("lambda", **self.as_role(target["roleArn"]))
        answer = client.invoke(
            FunctionName=target["arn"],
            Payload=(event or self.event_of_the_schedule(schedule)).encode(),
            LogType="Tail",
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        return Answer(json.loads(answer["Payload"].read()), answer.get("FunctionError"), log)

    def new_run(self, **fields: Any) -> Activity:
        """The runner runs: the newest record again with another id, a day later."""
        newest = dict(self.simulator.activities[0])
        start = datetime.fromisoformat(str(newest["startDateTimeLocal"])) + timedelta(days=1)
        changed = {
            "activityId": int(newest["activityId"]) + 1,
            "startDateTimeLocal": start.isoformat(),
            **fields,
        }
        for stamp in ("dateCreatedUTC", "dateUpdatedUTC", "syncDateTimeUTC", "externalId"):
            newest.pop(stamp, None)
        return self.simulator.add(newest | changed)

    def listen(self, topic_arn: str, name: str) -> str:
        """Put a queue behind a topic, as a subscriber whose mail can be read; its ARN."""
        sqs = self.client("sqs")
        arn = f"arn:aws:sqs:{self.region}:{ACCOUNT}:{name}"
        let_in = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
        sqs.create_queue(QueueName=name, Attributes={"Policy": policy})
        self.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return arn

    def start(self, event: str | None = None, schedule: Resource | None = None) -> None:
        """The same as EventBridge Scheduler does it: without waiting for an answer."""
        target = (schedule or self.schedule).inputs["target"]
        client = self.client("lambda", **self.as_role(target["roleArn"]))
        client.invoke(
            FunctionName=target["arn"],
            InvocationType="Event",
            Payload=(event or self.event_of_the_schedule(schedule)).encode(),
        )

    def restore(self, *source: str) -> Any:
        """What `myrunstreak restore` says to a person who may do it; without a source, what there is."""
        settings = self._our_settings() | {"SMASHRUN_API_URL": self.simulator.api_url}
        return run_command(settings, self.folder, "restore", *source)

    def damage_the_database(self) -> None:
        """Cut the database off in the middle."""
        s3, (bucket, key) = self.client("s3"), self.database()
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=body[: len(body) // 2])

    def lose_the_tokens(self) -> None:
        """Empty the secret."""
        client = self.client("secretsmanager")
        client.put_secret_value(SecretId=self.output("tokens_secret_name"), SecretString="{}")

    # looking

    def database(self) -> tuple[str, str]:
        """Bucket and key of the database."""
        bucket, _, key = self.output("database_uri").removeprefix("s3://").partition("/")
        return bucket, key

    def objects(self) -> dict[str, int]:
        """Keys and sizes in the bucket."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.output("bucket_name"))
        return {item["Key"]: item["Size"] for page in found for item in page.get("Contents", [])}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the database in the bucket."""
        import duckdb

        bucket, key = self.database()
        file = self.folder / "fetched.duckdb"
        file.unlink(missing_ok=True)
        self.client("s3").download_file(bucket, key, str(file))
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def secret(self, name: str) -> dict[str, Any]:
        """The JSON that a secret holds."""
        client = self.client("secretsmanager")
        return json.loads(client.get_secret_value(SecretId=self.output(name))["SecretString"])

    def log_lines(self, function: Resource | None = None) -> list[str]:
        """What a function, the sync's unless another is given, has written into its own log group."""
        logs = self.client("logs")
        group = (function or self.function).inputs["loggingConfig"]["logGroup"]
        events = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"].rstrip("\n") for page in events for event in page["events"]]

    def metrics(self, function: Resource | None = None) -> list[dict[str, Any]]:
        """The lines of a function's log, the sync's unless another is given, from which CloudWatch takes metrics."""
        lines = [line for line in self.log_lines(function) if line.startswith("{") and '"_aws"' in line]
        return [json.loads(line) for line in lines]

    def calls(self, function: Resource | None = None) -> list[dict[str, Any]]:
        """Every AWS call that a function's processes made; the sync's unless another is given."""
        file, name = self.folder / "calls.jsonl", (function or self.function).outputs["name"]
        made = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in made if call["function"] == name]

    def messages(self, queue_arn: str) -> list[str]:
        """Bodies waiting in a queue; they are taken out."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in answer.get("Messages", [])]
