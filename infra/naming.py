"""Names and tags: every name says the project and the stack, so that stacks live side by side."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "myrunstreak"


@dataclass(frozen=True)
class Names:
    """The names of one stack."""

    stack: str

    def of(self, what: str) -> str:
        """A resource's name, such as ``myrunstreak-dev-sync``."""
        return f"{PROJECT}-{self.stack}-{what}"

    def secret(self, default: str) -> str:
        """A secret's name: the contract's own with the stack after its first part."""
        first, _, rest = default.partition("/")
        return f"{first}/{self.stack}/{rest}"

    def parameter(self, default: str) -> str:
        """A parameter's name: as a secret's, and with the slash that Systems Manager wants in front of a path."""
        return f"/{self.secret(default)}"

    def tags(self, environment: str) -> dict[str, str]:
        """The provider's default tags."""
        return {
            "Project": PROJECT,
            "Stack": self.stack,
            "Environment": environment,
            "ManagedBy": "pulumi",
        }


def component_tags(component: str) -> dict[str, str]:
    """A resource's own tag beside the provider's: which component it belongs to."""
    return {"Component": component}
