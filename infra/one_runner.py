"""A stack of one runner: tokens, sync and its schedule, API and page, messages."""

from __future__ import annotations

import pulumi

from infra.components.analytics_api import AnalyticsApi, AnalyticsApiArgs
from infra.components.api_keys import ApiKeys, ApiKeysArgs
from infra.components.credentials import Credentials, CredentialsArgs
from infra.components.daily_schedule import DailySchedule, DailyScheduleArgs
from infra.components.sync_function import SyncFunction, SyncFunctionArgs
from infra.documents import dashboard
from infra.documents.alarms import alarm_table
from infra.messages import MessagesArgs, make_messages
from infra.parts import Foundation, Watched


def make_one_runner(on: Foundation, opts: pulumi.ResourceOptions) -> Watched:
    """Make and export what keeps and answers one runner's record."""
    config, of, store, dead_letters = on.config, on.names.of, on.store, on.dead_letters
    credentials = Credentials(of("credentials"), CredentialsArgs(config=config, names=on.names), opts)
    sync = SyncFunction(
        of("sync"),
        SyncFunctionArgs(
            config=config,
            package=on.packages.functions,
            bucket_name=store.bucket_name,
            tokens_secret_name=credentials.tokens_secret_name,
            sync_state_secret_name=credentials.sync_state_secret_name,
            lease_uri=store.lease_uri,
            lease_region=store.lease_region,
            dead_letters_arn=dead_letters.queue_arn,
            grants=[store.grant_sync, credentials.grant_read_write, dead_letters.grant_send],
        ),
        opts,
    )
    DailySchedule(
        of("daily"),
        DailyScheduleArgs(
            config=config,
            target_arn=sync.alias_arn,
            dead_letters_arn=dead_letters.queue_arn,
            grants=[sync.grant_invoke, dead_letters.grant_send],
            account_id=on.account_id,
        ),
        opts,
    )
    keys = ApiKeys(of("api-keys"), ApiKeysArgs(config=config, names=on.names), opts)
    api = AnalyticsApi(
        of("api"),
        AnalyticsApiArgs(
            config=config,
            package=on.packages.functions,
            bucket_name=store.bucket_name,
            places={"api_keys": keys.parameter_name, "sync_function": sync.alias_arn},
            grants=[store.grant_api, keys.grant_read, sync.grant_invoke],
        ),
        opts,
    )
    message_function_name = make_messages(
        MessagesArgs(
            config=config,
            names=on.names,
            package=on.packages.functions,
            store=store,
            sync=sync,
            dead_letters=dead_letters,
            account_id=on.account_id,
        ),
        opts,
    )
    # Those of the messages: infra/messages.py.
    pulumi.export("lease", store.lease_uri)
    pulumi.export("database_uri", store.database_uri)
    pulumi.export("sync_function_name", sync.function_name)
    pulumi.export("tokens_secret_name", credentials.tokens_secret_name)
    pulumi.export("sync_state_secret_name", credentials.sync_state_secret_name)
    pulumi.export("api_url", api.url)
    pulumi.export("api_keys_parameter", keys.parameter_name)
    alarms = alarm_table(
        config.environment,
        sync.function_name,
        dead_letters.queue_name,
        message_function_name,
        at_rest=config.standby,
    )
    return Watched(
        alarms=alarms,
        functions={"function_name": sync.function_name, "message_function_name": message_function_name},
        dashboard=pulumi.Output.all(
            function_name=sync.function_name,
            log_group_name=sync.log_group_name,
            bucket_name=store.bucket_name,
            queue_name=dead_letters.queue_name,
            api_id=api.api_id,
            api_function_name=api.function_name,
            message_function_name=message_function_name,
        ).apply(
            lambda names: dashboard.dashboard_body(
                dashboard.Watched(
                    region=config.region,
                    environment=config.environment,
                    runbook_url=config.runbook_url,
                    alarms=[alarm.key for alarm in alarms],
                    **names,
                )
            )
        ),
    )
