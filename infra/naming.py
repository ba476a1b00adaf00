"""Names and tags: every name has the project and the stack in it, so that stacks live side by side."""

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
        """A secret's name: the contract's default with the stack after its first part."""
        first, _, rest = default.partition("/")
        return f"{first}/{self.stack}/{rest}"

    def parameter(self, default: str) -> str:
        """A parameter's name: like a secret's, with the leading slash that Systems Manager requires of a path."""
        return f"/{self.secret(default)}"

    def tags(self, environment: str) -> dict[str, str]:
        """The provider's default tags."""
        return {"Project": PROJECT, "Stack": self.stack, "Environment": environment, "ManagedBy": "pulumi"}


def log_group(function_name: str) -> str:
    """Where a function logs: the name that Lambda itself would choose."""
    return f"/aws/lambda/{function_name}"


def component_tags(component: str) -> dict[str, str]:
    """A resource's own tag beside the provider's: its component."""
    return {"Component": component}
