"""What a club has besides: triggers of functions, a package on S3, table buckets, a state machine, a workgroup."""

from __future__ import annotations

from tests.whole.rehearsal.translation import Made, Registration, tag_list


def event_source_mapping(it: Registration) -> Made:
    made = it.client("lambda").create_event_source_mapping(
        **it.chosen(
            EventSourceArn="eventSourceArn",
            FunctionName="functionName",
            BatchSize="batchSize",
            MaximumBatchingWindowInSeconds="maximumBatchingWindowInSeconds",
            ScalingConfig="scalingConfig",
            FunctionResponseTypes="functionResponseTypes",
        ),
        Tags=it.get("tags", {}),
    )
    return made["UUID"], {"uuid": made["UUID"]}


def bucket_object(it: Registration) -> Made:
    # A function's package, like those that are sent with the function.
    content = it.stage.function_zip(it["source"].path)
    it.client("s3").put_object(Bucket=it["bucket"], Key=it["key"], Body=content)
    return it["key"], {}


def table_bucket(it: Registration) -> Made:
    client, name = it.client("s3tables"), it.physical_name()
    arn = client.create_table_bucket(name=name)["arn"]
    return arn, {"arn": arn, "name": name}


def namespace(it: Registration) -> Made:
    it.client("s3tables").create_namespace(tableBucketARN=it["tableBucketArn"], namespace=[it["namespace"]])
    return it["namespace"], {}


def state_machine(it: Registration) -> Made:
    name = it.physical_name()
    arn = it.client("stepfunctions").create_state_machine(
        name=name,
        definition=it["definition"],
        roleArn=it["roleArn"],
        tags=[{key.lower(): value for key, value in tag.items()} for tag in tag_list(it.get("tags"))],
    )["stateMachineArn"]
    return arn, {"arn": arn, "name": name}


def workgroup(it: Registration) -> Made:
    name = it.physical_name()
    known = it["configuration"]
    it.client("athena").create_work_group(
        Name=name,
        Description=it["description"],
        Configuration={
            "EnforceWorkGroupConfiguration": known["enforceWorkgroupConfiguration"],
            "BytesScannedCutoffPerQuery": int(known["bytesScannedCutoffPerQuery"]),
            "PublishCloudWatchMetricsEnabled": known["publishCloudwatchMetricsEnabled"],
            "ManagedQueryResultsConfiguration": {
                "Enabled": known["managedQueryResultsConfiguration"]["enabled"]
            },
        },
        Tags=tag_list(it.get("tags")),
    )
    return name, {"name": name, "arn": it.arn("athena", f"workgroup/{name}")}


TABLE = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": event_source_mapping,
    "aws:s3/bucketObjectv2:BucketObjectv2": bucket_object,
    "aws:s3tables/tableBucket:TableBucket": table_bucket,
    "aws:s3tables/namespace:Namespace": namespace,
    "aws:sfn/stateMachine:StateMachine": state_machine,
    "aws:athena/workgroup:Workgroup": workgroup,
}
