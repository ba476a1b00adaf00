"""A stack of many runners: queue and workers, dispatch, the API in front of their records, the lake."""

from __future__ import annotations

import pulumi
from myrunstreak.contract.entry_points import CLUB_API_HANDLER
from myrunstreak.contract.layout import S3Location

from infra.components import lake_writer as lake
from infra.components import runner_fleet as fleet
from infra.components.analytics_api import AnalyticsApi, AnalyticsApiArgs
from infra.components.dispatch import Dispatch, DispatchArgs
from infra.components.lake import Lake, LakeArgs
from infra.components.lake_writer import LakeWriter, LakeWriterArgs
from infra.components.rebuild_machine import RebuildMachine, RebuildMachineArgs
from infra.components.runner_fleet import RunnerFleet, RunnerFleetArgs
from infra.components.runner_role import RunnerRole, RunnerRoleArgs, role_arn
from infra.components.work_queue import WorkQueue, WorkQueueArgs
from infra.documents import club_rights
from infra.documents.club_alarms import Shard, club_alarm_table
from infra.documents.club_dashboard import WatchedClub, club_dashboard_body
from infra.parts import Foundation, Watched


def make_club(on: Foundation, opts: pulumi.ResourceOptions) -> Watched:
    """Make and export what keeps the records of many runners, answers from each, and puts them into the lake."""
    config, of, store = on.config, on.names.of, on.store
    assert on.packages.lake is not None
    secrets = on.names.parameter("myrunstreak/runners")
    parameters_arn = on.account_id.apply(
        lambda account: f"arn:aws:ssm:{config.region}:{account}:parameter{secrets}/*"
    )
    runner_role_arn = on.account_id.apply(lambda account: role_arn(account, of("runner")))
    syncs = WorkQueue(of("syncs"), WorkQueueArgs(timeout_s=config.timeout_s, tries=fleet.TRIES), opts)
    updates = WorkQueue(
        of("updates"), WorkQueueArgs(timeout_s=lake.TIMEOUT_S + lake.WINDOW_S, tries=lake.TRIES), opts
    )
    workers = RunnerFleet(
        of("worker"),
        RunnerFleetArgs(
            config=config,
            package=on.packages.functions,
            bucket_name=store.bucket_name,
            queue_arn=syncs.queue_arn,
            runner_role_arn=runner_role_arn,
            club={
                "club_secrets": secrets,
                "runner_role": runner_role_arn,
                "lake_queue": updates.queue_url,
            },
            grants=[
                store.grant_by(club_rights.worker_policy),
                syncs.grant_receive,
                updates.grant_send,
            ],
        ),
        opts,
    )
    api = AnalyticsApi(
        of("api"),
        AnalyticsApiArgs(
            config=config,
            package=on.packages.functions,
            bucket_name=store.bucket_name,
            handler=CLUB_API_HANDLER,
            club={
                "club_secrets": secrets,
                "runner_role": runner_role_arn,
                "sync_queue": syncs.queue_url,
                "lake_queue": updates.queue_url,
            },
            grants=[
                store.grant_by(club_rights.api_policy),
                workers.grant_runners,
                syncs.grant_send,
                updates.grant_send,
            ],
        ),
        opts,
    )
    RunnerRole(
        of("runner"),
        RunnerRoleArgs(
            bucket_arn=store.bucket_arn,
            parameters_arn=parameters_arn,
            trusted=[workers.role_arn, api.role_arn],
        ),
        opts,
    )
    dispatch = Dispatch(
        of("dispatch"),
        DispatchArgs(
            config=config,
            package=on.packages.functions,
            bucket_name=store.bucket_name,
            club={"sync_queue": syncs.queue_url},
            dead_letters_arn=on.dead_letters.queue_arn,
            grants=[store.grant_by(club_rights.dispatch_policy), syncs.grant_send],
            grant_letters=on.dead_letters.grant_send,
            account_id=on.account_id,
        ),
        opts,
    )
    tables = Lake(of("lake"), LakeArgs(config=config), opts)
    writer = LakeWriter(
        of("lake-writer"),
        LakeWriterArgs(
            config=config,
            package=on.packages.lake,
            bucket_name=store.bucket_name,
            queue_arn=updates.queue_arn,
            club={"lake_tables": tables.tables_arn},
            grants=[store.grant_by(club_rights.lake_policy), updates.grant_receive, tables.grant_write],
        ),
        opts,
    )
    machine = RebuildMachine(
        of("rebuild"),
        RebuildMachineArgs(
            config=config,
            bucket_name=store.bucket_name,
            worker_arn=workers.alias_arn,
            lake_queue_url=updates.queue_url,
            grants=[
                store.grant_by(club_rights.rebuild_policy),
                workers.grant_invoke,
                updates.grant_send,
            ],
            account_id=on.account_id,
        ),
        opts,
    )
    pulumi.export("club", store.bucket_name.apply(lambda bucket: str(S3Location(bucket, ""))))
    pulumi.export("club_secrets", secrets)
    pulumi.export("club_min_distance", config.club_min_distance)
    pulumi.export("club_replica_region", config.replica_region)
    pulumi.export("sync_queue_url", syncs.queue_url)
    pulumi.export("lake_queue_url", updates.queue_url)
    pulumi.export("lake_function", writer.alias_arn)
    pulumi.export("lake_tables", tables.tables_arn)
    pulumi.export("athena_workgroup", tables.workgroup_name)
    pulumi.export("rebuild_machine", machine.machine_arn)
    pulumi.export("worker_function_name", workers.function_name)
    pulumi.export("dispatch_function_name", dispatch.function_name)
    pulumi.export("lake_function_name", writer.function_name)
    pulumi.export("api_url", api.url)
    shard = Shard(
        syncs=syncs.queue_name,
        sync_letters=syncs.letters_name,
        updates=updates.queue_name,
        update_letters=updates.letters_name,
        dispatch_letters=on.dead_letters.queue_name,
        worker=workers.function_name,
        dispatch=dispatch.function_name,
        lake_writer=writer.function_name,
    )
    alarms = club_alarm_table(config.environment, shard)
    return Watched(
        alarms=alarms,
        functions={
            "function_name": workers.function_name,
            "dispatch_function_name": dispatch.function_name,
            "lake_function_name": writer.function_name,
        },
        dashboard=pulumi.Output.all(
            **{name: getattr(shard, name) for name in Shard.__dataclass_fields__},
            bucket_name=store.bucket_name,
            api_id=api.api_id,
            api_function_name=api.function_name,
            machine_arn=machine.machine_arn,
            workgroup_name=tables.workgroup_name,
        ).apply(
            lambda names: club_dashboard_body(
                WatchedClub(
                    region=config.region,
                    environment=config.environment,
                    runbook_url=config.runbook_url,
                    alarms=[alarm.key for alarm in alarms],
                    **names,
                )
            )
        ),
    )
