"""The Pulumi program: configuration, providers, what every stack has, and then a runner or a club."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.club import make_club
from infra.components.alerting import Alerting, AlertingArgs
from infra.components.dead_letters import DeadLetters, DeadLettersArgs
from infra.components.run_store import RunStore, RunStoreArgs
from infra.components.sync_dashboard import SyncDashboard, SyncDashboardArgs
from infra.config import read_stack
from infra.next_steps import next_steps
from infra.one_runner import make_one_runner
from infra.parts import Foundation
from infra.providers import make_provider, make_replica_provider

names, config, packages = read_stack(Path(__file__).resolve().parent)
provider, replica = make_provider(names, config), make_replica_provider(names, config)
account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id
here = pulumi.ResourceOptions(provider=provider)

store = RunStore(
    names.of("runs"), RunStoreArgs(config=config, account_id=account_id, replica_provider=replica), here
)
dead_letters = DeadLetters(names.of("dead-letters"), DeadLettersArgs(), here)
foundation = Foundation(
    config=config,
    names=names,
    packages=packages,
    store=store,
    dead_letters=dead_letters,
    account_id=account_id,
)
watched = make_club(foundation, here) if config.club else make_one_runner(foundation, here)
alerting = Alerting(
    names.of("alerting"),
    AlertingArgs(
        config=config,
        names=names,
        alarms=watched.alarms,
        functions=watched.functions,
        account_id=account_id,
    ),
    here,
)
dashboard = SyncDashboard(
    names.of("dashboard"), SyncDashboardArgs(config=config, body=watched.dashboard), here
)

# Those of a runner and of a club: infra/one_runner.py, infra/club.py.
pulumi.export("bucket_name", store.bucket_name)
pulumi.export("replica_bucket_name", store.replica_bucket_name)
pulumi.export("alarm_topic_arn", alerting.topic_arn)
pulumi.export("dashboard_url", dashboard.url)
pulumi.export("next_steps", next_steps(names, config))
