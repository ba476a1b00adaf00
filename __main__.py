"""The Pulumi program: configuration, providers, components, outputs."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.components.alerting import Alerting, AlertingArgs
from infra.components.analytics_api import AnalyticsApi, AnalyticsApiArgs
from infra.components.api_keys import ApiKeys, ApiKeysArgs
from infra.components.credentials import Credentials, CredentialsArgs
from infra.components.daily_schedule import DailySchedule, DailyScheduleArgs
from infra.components.dead_letters import DeadLetters, DeadLettersArgs
from infra.components.run_store import RunStore, RunStoreArgs
from infra.components.sync_dashboard import SyncDashboard, SyncDashboardArgs
from infra.components.sync_function import SyncFunction, SyncFunctionArgs
from infra.config import read_stack
from infra.documents.alarms import alarm_table
from infra.messages import MessagesArgs, make_messages
from infra.next_steps import next_steps
from infra.providers import make_provider, make_replica_provider

names, config, package = read_stack(Path(__file__).resolve().parent)
provider, replica = make_provider(names, config), make_replica_provider(names, config)
account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id
here = pulumi.ResourceOptions(provider=provider)

store = RunStore(
    names.of("runs"), RunStoreArgs(config=config, account_id=account_id, replica_provider=replica), here
)
credentials = Credentials(names.of("credentials"), CredentialsArgs(config=config, names=names), here)
dead_letters = DeadLetters(names.of("dead-letters"), DeadLettersArgs(), here)
sync = SyncFunction(
    names.of("sync"),
    SyncFunctionArgs(
        config=config,
        package=package,
        bucket_name=store.bucket_name,
        tokens_secret_name=credentials.tokens_secret_name,
        sync_state_secret_name=credentials.sync_state_secret_name,
        lease_uri=store.lease_uri,
        lease_region=store.lease_region,
        dead_letters_arn=dead_letters.queue_arn,
        grants=[store.grant_sync, credentials.grant_read_write, dead_letters.grant_send],
    ),
    here,
)
DailySchedule(
    names.of("daily"),
    DailyScheduleArgs(
        config=config,
        target_arn=sync.alias_arn,
        dead_letters_arn=dead_letters.queue_arn,
        grants=[sync.grant_invoke, dead_letters.grant_send],
        account_id=account_id,
    ),
    here,
)
keys = ApiKeys(names.of("api-keys"), ApiKeysArgs(config=config, names=names), here)
api = AnalyticsApi(
    names.of("api"),
    AnalyticsApiArgs(
        config=config,
        package=package,
        bucket_name=store.bucket_name,
        keys_parameter_name=keys.parameter_name,
        sync_alias_arn=sync.alias_arn,
        grants=[store.grant_api, keys.grant_read, sync.grant_invoke],
    ),
    here,
)
message_function_name = make_messages(
    MessagesArgs(
        config=config,
        names=names,
        package=package,
        store=store,
        sync=sync,
        dead_letters=dead_letters,
        account_id=account_id,
    ),
    here,
)
alarms = alarm_table(
    config.environment,
    sync.function_name,
    dead_letters.queue_name,
    message_function_name,
    at_rest=config.standby,
)
alerting = Alerting(
    names.of("alerting"),
    AlertingArgs(
        config=config,
        names=names,
        alarms=alarms,
        function_name=sync.function_name,
        message_function_name=message_function_name,
        account_id=account_id,
    ),
    here,
)
dashboard = SyncDashboard(
    names.of("dashboard"),
    SyncDashboardArgs(
        config=config,
        function_name=sync.function_name,
        log_group_name=sync.log_group_name,
        bucket_name=store.bucket_name,
        queue_name=dead_letters.queue_name,
        api_id=api.api_id,
        api_function_name=api.function_name,
        message_function_name=message_function_name,
        alarms=[alarm.key for alarm in alarms],
    ),
    here,
)

# Those of the messages: infra/messages.py.
pulumi.export("bucket_name", store.bucket_name)
pulumi.export("replica_bucket_name", store.replica_bucket_name)
pulumi.export("lease", store.lease_uri)
pulumi.export("database_uri", store.database_uri)
pulumi.export("sync_function_name", sync.function_name)
pulumi.export("tokens_secret_name", credentials.tokens_secret_name)
pulumi.export("sync_state_secret_name", credentials.sync_state_secret_name)
pulumi.export("alarm_topic_arn", alerting.topic_arn)
pulumi.export("dashboard_url", dashboard.url)
pulumi.export("api_url", api.url)
pulumi.export("api_keys_parameter", keys.parameter_name)
pulumi.export("next_steps", next_steps(names, config))
