"""The secrets for the sync's tokens and state: containers only, no value passes through Pulumi."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from myrunstreak.contract.settings import Settings

from infra.config import StackConfig
from infra.documents import iam
from infra.grants import grant
from infra.naming import Names, component_tags


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """What the secrets need.

    Attributes:
        config: whether the secrets outlive `pulumi destroy`, for how many days a deleted one can be restored, and
            which region has copies.
        names: the source of the secrets' names.
    """

    config: StackConfig
    names: Names


def read_write_policy(tokens_arn: str, sync_state_arn: str) -> iam.Document:
    """What the sync may do: read both secrets and replace their values."""
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    return iam.document(iam.allow("TokensAndState", actions, [tokens_arn, sync_state_arn]))


class Credentials(pulumi.ComponentResource):
    """The secrets' containers; `setup_tokens` and the sync fill them."""

    tokens_secret_name: pulumi.Output[str]
    sync_state_secret_name: pulumi.Output[str]
    tokens_secret_arn: pulumi.Output[str]
    sync_state_secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("myrunstreak:infra:Credentials", name, None, opts)
        self._base = name
        tokens = self._secret("tokens", "tokens_secret", "Smashrun's tokens and the app's id", args)
        state = self._secret("sync-state", "sync_state_secret", "What one sync leaves for the next", args)
        self.tokens_secret_name, self.tokens_secret_arn = tokens.name, tokens.arn
        self.sync_state_secret_name, self.sync_state_secret_arn = state.name, state.arn
        self.register_outputs(
            {
                "tokens_secret_name": self.tokens_secret_name,
                "sync_state_secret_name": self.sync_state_secret_name,
                "tokens_secret_arn": self.tokens_secret_arn,
                "sync_state_secret_arn": self.sync_state_secret_arn,
            }
        )

    def grant_read_write(self, role: aws.iam.Role, grantee: str) -> pulumi.Resource:
        """Let a role read both secrets and replace their values."""
        return grant(
            self,
            f"{self._base}-for-{grantee}",
            role,
            read_write_policy,
            self.tokens_secret_arn,
            self.sync_state_secret_arn,
        )

    def _secret(
        self, part: str, setting: str, description: str, args: CredentialsArgs
    ) -> aws.secretsmanager.Secret:
        default = str(Settings.model_fields[setting].default)
        replica, protect = args.config.replica_region, args.config.protect_data
        return aws.secretsmanager.Secret(
            f"{self._base}-{part}",
            name=args.names.secret(default),
            description=f"MyRunStreak: {description}",
            recovery_window_in_days=args.config.secret_recovery_days,
            replicas=[{"region": replica}] if replica else None,
            tags=component_tags("Credentials"),
            opts=pulumi.ResourceOptions(parent=self, protect=protect or None, retain_on_delete=protect),
        )
