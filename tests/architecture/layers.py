"""Who may import whom: the one table that the tests, and docs/architecture.md, are held to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tests.architecture.source import within

Kind = Literal["ground", "logic", "adapter", "entry", "tool"]


@dataclass(frozen=True)
class Layer:
    """A package, or a module that stands alone.

    Attributes:
        name: as it is imported; what is in `myrunstreak` without that prefix.
        kind: what it is. Logic reaches no adapter, neither directly nor through others.
        ours: what it may import of ours; beside the ground, where it is no tool. With a dot: only that part.
        libraries: what it may import beside the standard library.
    """

    name: str
    kind: Kind
    ours: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Its name as the interpreter knows it."""
        return full_name(self.name)


# Adapters know the sync's values and ports, and none of its steps.
_SEAM: Final = ("sync.owner", "sync.ports", "sync.state", "sync.values")

LAYERS: Final = (
    Layer("errors", "ground"),
    Layer("instants", "ground"),
    Layer("statements", "ground"),
    Layer("raw_json", "ground"),
    Layer("csv_text", "ground"),
    Layer("redaction", "ground"),
    Layer("contract", "ground", (), ("pydantic",)),
    Layer("guarded_logs", "ground"),
    Layer("measures", "ground"),
    Layer("sync", "logic", (), ("pydantic", "pydantic_core")),
    Layer("analytics", "logic", (), ("pydantic",)),
    Layer("aws", "adapter", (), ("botocore",)),
    Layer("files", "adapter"),
    Layer("secrets", "adapter", ("aws", "files")),
    Layer("smashrun", "adapter", _SEAM, ("pydantic", "requests", "urllib3")),
    Layer("token_pair", "adapter", ("smashrun.models",)),
    Layer("tokens", "adapter", ("secrets", "smashrun.models", "smashrun.oauth", "token_pair"), ("pydantic",)),
    Layer("sync_state", "adapter", ("secrets", "sync.state")),
    Layer(
        "store", "adapter", ("aws", "files", "smashrun.activity", *_SEAM), ("botocore", "duckdb", "pydantic")
    ),
    Layer("lake", "adapter", ("aws", "store"), ("certifi", "duckdb")),
    Layer("page", "adapter", ("analytics", "aws", "store"), ("jinja2", "pydantic")),
    Layer(
        "messages",
        "adapter",
        ("analytics", "aws", "page", "secrets", "store"),
        ("apprise", "astral", "jinja2"),
    ),
    Layer("club", "adapter", ("api", "aws", "page", "secrets", "store"), ("botocore", "pydantic")),
    Layer("observability", "adapter", (), ("aws_lambda_powertools",)),
    Layer(
        "api",
        "adapter",
        ("analytics", "page", "secrets", "store"),
        ("aws_lambda_powertools", "pydantic"),
    ),
    Layer("composition", "entry", ("messages", "page", "smashrun", "store", "sync", "sync_state", "tokens")),
    Layer("handlers", "entry", ("api", "club", "composition", "lake", "observability", "page", "store")),
    # Infrastructure shares the contract; what a runner types needs no Pulumi, and the builder of the package is both's.
    Layer("infra", "tool", ("contract", "errors"), ("pulumi", "pulumi_aws", "pulumi_policy", "pydantic")),
    Layer("scripts", "tool", ("myrunstreak", "infra.package")),
)

GROUND: Final = tuple(layer.name for layer in LAYERS if layer.kind == "ground")
# What the ground's own parts stand on.
_BELOW: Final = {
    "contract": ("errors",),
    "guarded_logs": ("contract", "redaction"),
    "measures": ("contract",),
}


def full_name(name: str) -> str:
    """A name of the table as the interpreter knows it."""
    return name if name.split(".")[0] in {"myrunstreak", "infra", "scripts"} else f"myrunstreak.{name}"


def layer_of(module: str) -> Layer | None:
    """The layer that a module lies in."""
    return next((one for one in LAYERS if within(module, one.full_name)), None)


def allowed(layer: Layer) -> tuple[str, ...]:
    """Everything of ours that a layer may import beside itself."""
    if layer.kind == "ground":
        return _BELOW.get(layer.name, ())
    return layer.ours if layer.kind == "tool" else (*GROUND, *layer.ours)


def table() -> list[str]:
    """The layers as rows of a Markdown table, as docs/architecture.md prints them."""
    rows = ["| package | is | may import of ours | libraries |", "|---|---|---|---|"]
    for layer in LAYERS:
        ours = ", ".join(
            f"`{name}`" for name in allowed(layer) if layer.kind in {"ground", "tool"} or name not in GROUND
        )
        if layer.kind not in {"ground", "tool"}:
            ours = f"the ground, {ours}" if ours else "the ground"
        libraries = ", ".join(f"`{name}`" for name in layer.libraries)
        rows.append(f"| `{layer.name}` | {layer.kind} | {ours or '-'} | {libraries or '-'} |")
    return rows
