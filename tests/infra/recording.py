"""Runs Pulumi programs against mocks and keeps every registration: inputs, options, outputs."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi.runtime
import pytest
import yaml
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import run_pulumi_func

from infra.package import LambdaPackage
from tests.stage.paths import ROOT

ACCOUNT = "123456789012"
SUFFIX = "0a1b2c3"
API_ID = "a1b2c3d4e5"
EMAIL = "runner@example.org"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# The ARN of each type that has one; {name} is the physical name.
_ARNS = {
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:secretsmanager/secret:Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:sqs/queue:Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{region}:{account}:{name}",
    "aws:lambda/function:Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "aws:scheduler/scheduleGroup:ScheduleGroup": "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
    "aws:scheduler/schedule:Schedule": "arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
    "aws:ssm/parameter:Parameter": "arn:aws:ssm:{region}:{account}:parameter{name}",
    "aws:kms/key:Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "aws:s3tables/tableBucket:TableBucket": "arn:aws:s3tables:{region}:{account}:bucket/{name}",
    "aws:sfn/stateMachine:StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
}
# Which input holds the physical name where a program pins one.
_NAME_INPUTS = ("bucket", "dashboardName", "name")


@dataclass(frozen=True)
class Registered:
    """One resource as the engine gets it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    provider: str
    protect: bool
    retain: bool
    depends_on: tuple[str, ...]
    aliases: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def is_component(self) -> bool:
        """Whether it is one of our components."""
        return self.type.startswith("myrunstreak:")

    def policy(self, key: str = "policy") -> dict[str, Any]:
        """A policy document among the inputs."""
        return json.loads(self.inputs[key])


class _AwsMocks(Mocks):
    """Answers as the provider would: inputs, physical names, ARNs."""

    def __init__(self, region: str, *, preview: bool = False) -> None:
        self._region = region
        self._preview = preview

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = dict(args.inputs)
        if self._preview:
            return None, state  # what only AWS can say is unknown, as it is in a real preview
        pinned = next((state[key] for key in _NAME_INPUTS if isinstance(state.get(key), str)), None)
        name = pinned or f"{args.name}-{SUFFIX}"
        if arn := _ARNS.get(args.typ):
            state["arn"] = arn.format(name=name, region=self._region, account=ACCOUNT)
        state.setdefault("name", name)
        match args.typ:
            case "aws:s3/bucket:Bucket":
                state["bucket"] = name
            case "aws:lambda/function:Function":
                state["version"] = "7"
            case "aws:lambda/alias:Alias":
                function = f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:{state['functionName']}"
                state["arn"] = f"{function}:{state['name']}"
                path = f"path/2015-03-31/functions/{state['arn']}/invocations"
                state["invokeArn"] = f"arn:aws:apigateway:{self._region}:lambda:{path}"
            case "aws:apigatewayv2/api:Api":
                state["apiEndpoint"] = f"https://{API_ID}.execute-api.{self._region}.amazonaws.com"
                state["executionArn"] = f"arn:aws:execute-api:{self._region}:{ACCOUNT}:{API_ID}"
                return API_ID, state
            case "aws:sqs/queue:Queue":
                state["url"] = f"https://sqs.{self._region}.amazonaws.com/{ACCOUNT}/{name}"
            case _:
                pass
        return f"{name}-id", state

    def call(self, args: MockCallArgs) -> Any:
        assert "aws:index/getCallerIdentity:getCallerIdentity" == args.token, args.token
        return {
            "accountId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/runner",
            "id": ACCOUNT,
            "userId": "A",
        }


class _RecordingMonitor(MockMonitor):
    """The mock monitor, which also keeps the requests: only they hold the options."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    inputs=json_format.MessageToDict(request.object),
                    parent=request.parent,
                    provider=request.provider,
                    protect=request.protect,
                    retain=request.retainOnDelete,
                    depends_on=tuple(request.dependencies),
                    aliases=tuple(alias.spec.name for alias in request.aliases),
                    ignored=tuple(request.ignoreChanges),
                )
            )
        return response


@dataclass
class Recording:
    """What one run of a program registered and exported."""

    resources: list[Registered]
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    secret_outputs: set[str] = field(default_factory=set[str])

    def all(self, type_suffix: str) -> list[Registered]:
        """The resources whose type ends so, such as ``:Bucket``."""
        return [resource for resource in self.resources if resource.type.endswith(type_suffix)]

    def one(self, type_suffix: str, name: str = "") -> Registered:
        """The only resource of a type (and of a name that ends so)."""
        found = [resource for resource in self.all(type_suffix) if resource.name.endswith(name)]
        assert 1 == len(found), [resource.name for resource in found]
        return found[0]


def grants(stack: Recording) -> dict[str, list[tuple[list[str], list[str]]]]:
    """The actions and resources of every role policy of the dev stack, by its name without the stack's prefix."""
    return {
        policy.name.removeprefix("myrunstreak-dev-"): [
            (statement["Action"], statement["Resource"]) for statement in policy.policy()["Statement"]
        ]
        for policy in stack.all(":RolePolicy")
    }


def granted(stack: Recording, role: str) -> set[tuple[str, str]]:
    """Every action on every resource that the role, whose name ends so, is allowed."""
    name = f"{stack.one(':Role', role).name}-{SUFFIX}"
    return {
        (action, resource)
        for policy in stack.all(":RolePolicy")
        if policy.inputs["role"] == name
        for statement in policy.policy()["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def run(
    program: Callable[[], object],
    *,
    stack: str = "dev",
    config: dict[str, str] | None = None,
    secret_keys: tuple[str, ...] = (),
    preview: bool = False,
    region: str = "us-east-2",
) -> Recording:
    """Run a program in a stack; what it raises is raised here, and also the reason for which it ended itself."""
    mocks = _AwsMocks(region, preview=preview)
    monitor = _RecordingMonitor(mocks)
    recording = Recording(monitor.registered)

    async def body() -> None:
        program()

    async def everything() -> None:
        # Inside the loop, because the root stack's own tasks begin here; an earlier run's are over.
        settings: Any = SETTINGS
        settings.rpc_manager.clear()
        settings.outputs.clear()
        pulumi.runtime.set_mocks(mocks, project="myrunstreak", stack=stack, preview=preview, monitor=monitor)
        pulumi.runtime.set_all_config(
            {f"myrunstreak:{key}": value for key, value in (config or {}).items()},
            [f"myrunstreak:{key}" for key in secret_keys],
        )
        await run_pulumi_func(body)
        root: Any = get_root_resource()
        for name, value in (root.outputs if root else {}).items():
            output: Any = pulumi.Output.from_input(value)
            known = await output.future(with_unknowns=True)
            if known is None:
                continue  # the engine takes it for one that is not there
            recording.outputs[name] = known
            if await output.is_secret():
                recording.secret_outputs.add(name)

    try:
        asyncio.run(everything())
    except SystemExit as ended:
        if ended.__cause__ is None:
            raise
        raise ended.__cause__ from None
    return recording


def stack_config(stack: str) -> dict[str, str]:
    """What Pulumi would hand to the program: the stack's file over the project's defaults, and the e-mail."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    values = {
        key: _as_text(declared["default"]) for key, declared in project.items() if "default" in declared
    }
    file = ROOT / f"Pulumi.{stack}.yaml"
    own = yaml.safe_load(file.read_text())["config"] if file.exists() else {}
    return (
        values
        | {key.removeprefix("myrunstreak:"): _as_text(value) for key, value in own.items()}
        | {"alarm_email": EMAIL}
    )


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def run_main(
    stack: str,
    config: dict[str, str] | None = None,
    *,
    secret_keys: tuple[str, ...] = (),
    preview: bool = False,
    package_fits: bool = True,
) -> Recording:
    """Run the real program for a stack, with single keys changed, and some of them secret.

    Whatever lies in build/, a package counts as fitting unless said otherwise: the builder has its own tests.
    """
    values = stack_config(stack) | (config or {})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        if package_fits:
            patch.setattr(
                "infra.config.find_package",
                lambda _root, _architecture, _runtime, kind="lambda": LambdaPackage(
                    f"build/{kind}.zip", "0" * 64
                ),
            )
        return run(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
            stack=stack,
            config=values,
            secret_keys=secret_keys,
            preview=preview,
            region=values["region"],
        )


def find_secrets(value: Any) -> list[Any]:
    """Values that are wrapped as secret, at any depth."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return [value]
        return [found for part in value.values() for found in find_secrets(part)]
    return [found for part in value for found in find_secrets(part)] if isinstance(value, list) else []
