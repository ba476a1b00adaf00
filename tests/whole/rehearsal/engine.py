"""A Pulumi engine of a page: what the real program registers is made in the emulator at once.

Ids and ARNs are the emulator's, so that what depends on them is wired as on AWS. Options such as `protect`
mean nothing here; a changed or deleted resource cannot happen, since the emulator starts empty.
"""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc, settings, stack

from tests.stage.emulator import ACCOUNT, REGION
from tests.whole.rehearsal import translate_club, translate_compute, translate_storage, translate_watch
from tests.whole.rehearsal.translation import Made, Registration, Stage, Untranslated

TABLE: dict[str, Callable[[Registration], Made]] = {
    **translate_storage.TABLE,
    **translate_compute.TABLE,
    **translate_club.TABLE,
    **translate_watch.TABLE,
}
PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True)
class Resource:
    """One resource as registered and as made."""

    type: str
    name: str
    inputs: dict[str, Any]
    id: str
    outputs: dict[str, Any]
    region: str


@dataclass
class Deployment:
    """What the program put into the emulator."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[Resource]:
        """The resources of a type, such as ``aws:sqs/queue:Queue``."""
        return [one for one in self.resources if one.type == type_]


def without_secret_wrapping(value: Any) -> Any:
    """Inputs as the provider sees them."""
    if rpc.is_rpc_secret(value):
        return without_secret_wrapping(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: without_secret_wrapping(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [without_secret_wrapping(item) for item in value]
    return value


class Engine(mocks.Mocks):
    """Makes resources as they are registered."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.deployment = Deployment()
        self._regions: dict[str, str] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = without_secret_wrapping(args.inputs)
        if not args.custom:
            return "", inputs
        if args.typ == PROVIDER:
            self._regions[args.name] = inputs.get("region", REGION)
            return f"{args.name}-id", inputs
        translate = TABLE.get(args.typ)
        if translate is None:
            raise Untranslated(
                f"The program registers {args.typ} ({args.name}), which the rehearsal does not know how to make: "
                "add it to a TABLE in tests/whole/rehearsal/translate_*.py."
            )
        region = inputs.get("region") or self._region_of(args.provider)
        try:
            id_, outputs = translate(Registration(args.typ, args.name, inputs, region, self.stage))
        except Exception as error:
            raise RuntimeError(f"{args.typ} {args.name}: {error}") from error
        outputs = {**inputs, "region": region, **outputs}
        self.deployment.resources.append(Resource(args.typ, args.name, inputs, id_, outputs, region))
        return id_, outputs

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]  # as the monitor takes it
        region = args.args.get("region") or self._region_of(args.provider)
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:root",
                "userId": ACCOUNT,
                "id": ACCOUNT,
            },
            "aws:index/getRegion:getRegion": {"region": region, "name": region, "id": region},
            "aws:index/getPartition:getPartition": {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
            },
        }
        if args.token not in answers:
            raise Untranslated(f"The program asks {args.token}, which the rehearsal cannot answer.")
        return answers[args.token]

    def _region_of(self, provider: str | None) -> str:
        # `urn:pulumi:stack::project::pulumi:providers:aws::NAME::ID`
        name = (provider or "").rpartition("::")[0].rpartition("::")[2]
        return self._regions.get(name, REGION)


def deploy(main: Path, project: str, stack_name: str, config: dict[str, str], stage: Stage) -> Deployment:
    """Run the program; everything it registers exists afterwards.

    Raises:
        Untranslated: it registers something unknown.
    """
    engine = Engine(stage)
    # The root resource is made with the mocks, on this loop; everything else has to run on the same.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(engine, project=project, stack=stack_name, preview=False)
    pulumi.runtime.set_all_config(config)

    async def program() -> None:
        runpy.run_path(str(main), run_name="__main__")

    async def run() -> dict[str, Any]:
        await stack.run_pulumi_func(program)
        root = settings.get_root_resource()
        outputs = getattr(root, "outputs", None) or {}
        return {name: await pulumi.Output.from_input(value).future() for name, value in outputs.items()}

    engine.deployment.outputs = loop.run_until_complete(run())
    return engine.deployment


def to_json(deployment: Deployment) -> str:
    """A deployment as text, for another process; archives as their path."""

    def plain(value: Any) -> Any:
        return getattr(value, "path", None) or str(value)

    resources = [vars(one) for one in deployment.resources]
    return json.dumps({"resources": resources, "outputs": deployment.outputs}, default=plain)


def from_json(text: str) -> Deployment:
    """The deployment that ``to_json`` wrote."""
    read = json.loads(text)
    return Deployment([Resource(**one) for one in read["resources"]], read["outputs"])
