"""What is left to a person after `pulumi up`: mails to confirm, and the commands that fill a new stack."""

from __future__ import annotations

from infra.config import StackConfig
from infra.naming import Names


def next_steps(names: Names, config: StackConfig) -> list[str]:
    """The steps in order, a line each, for an output that `pulumi up` shows; done once, they need not be done again."""
    if config.club:
        return [
            "Confirm the mail from AWS Notifications: until then nothing reaches you",
            f'make club STACK={names.stack} ARGS="add NAME": add a runner, who then consents on Smashrun; once for each',
            f"make club STACK={names.stack} ARGS=list: who there is, and how each record stands",
        ]
    mails = "the mails" if config.has_messages else "the mail"
    steps = [f"Confirm {mails} from AWS Notifications: until then nothing reaches you"]
    if config.lease_location is None:  # else tokens and record are taken over, and synced, by `make failover`
        steps += [
            f"make auth STACK={names.stack}: the tokens, into the stack's secret",
            f"make sync STACK={names.stack}: the first sync, and what it says",
        ]
    if not config.standby:
        steps.append(
            f"make phone STACK={names.stack}: your page on your phone, or make api-key STACK={names.stack}"
        )
    return steps
