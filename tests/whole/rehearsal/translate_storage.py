"""S3, Secrets Manager, parameters, SQS and SNS."""

from __future__ import annotations

import json
from typing import Any

from tests.whole.rehearsal.translation import Made, Registration, pascal, tag_list


def bucket(it: Registration) -> Made:
    name = it.physical_name("bucket")
    where = {} if it.region == "us-east-1" else {"LocationConstraint": it.region}
    s3 = it.client("s3")
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    if it.get("tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(it["tags"])})
    return name, {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{it.region}.amazonaws.com",
    }


def bucket_versioning(it: Registration) -> Made:
    configuration = it["versioningConfiguration"]
    it.client("s3").put_bucket_versioning(
        Bucket=it["bucket"], VersioningConfiguration={"Status": configuration["status"]}
    )
    return it["bucket"], {}


def bucket_encryption(it: Registration) -> Made:
    it.client("s3").put_bucket_encryption(
        Bucket=it["bucket"], ServerSideEncryptionConfiguration={"Rules": pascal(it["rules"])}
    )
    return it["bucket"], {}


def bucket_public_access_block(it: Registration) -> Made:
    it.client("s3").put_public_access_block(
        Bucket=it["bucket"],
        PublicAccessBlockConfiguration=it.chosen(
            BlockPublicAcls="blockPublicAcls",
            BlockPublicPolicy="blockPublicPolicy",
            IgnorePublicAcls="ignorePublicAcls",
            RestrictPublicBuckets="restrictPublicBuckets",
        ),
    )
    return it["bucket"], {}


def bucket_ownership(it: Registration) -> Made:
    it.client("s3").put_bucket_ownership_controls(
        Bucket=it["bucket"], OwnershipControls={"Rules": [pascal(it["rule"])]}
    )
    return it["bucket"], {}


def bucket_lifecycle(it: Registration) -> Made:
    rules: list[dict[str, Any]] = pascal(it["rules"])
    for rule in rules:
        rule.setdefault("Filter", {"Prefix": ""})
    it.client("s3").put_bucket_lifecycle_configuration(
        Bucket=it["bucket"], LifecycleConfiguration={"Rules": rules}
    )
    return it["bucket"], {}


def bucket_policy(it: Registration) -> Made:
    it.client("s3").put_bucket_policy(Bucket=it["bucket"], Policy=it["policy"])
    return it["bucket"], {}


def bucket_replication(it: Registration) -> Made:
    it.client("s3").put_bucket_replication(
        Bucket=it["bucket"], ReplicationConfiguration={"Role": it["role"], "Rules": pascal(it["rules"])}
    )
    return it["bucket"], {}


def secret(it: Registration) -> Made:
    client, name = it.client("secretsmanager"), it.physical_name()
    made = client.create_secret(
        Name=name, Tags=tag_list(it.get("tags")), **it.chosen(Description="description", KmsKeyId="kmsKeyId")
    )
    arn = made["ARN"]  # The emulator gives it an empty version; on AWS it has none.
    for replica in it.get("replicas", []):
        client.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": replica["region"]}])
    return arn, {"arn": arn, "name": name}


def secret_policy(it: Registration) -> Made:
    it.client("secretsmanager").put_resource_policy(SecretId=it["secretArn"], ResourcePolicy=it["policy"])
    return it["secretArn"], {}


def parameter(it: Registration) -> Made:
    name = it.physical_name()
    it.client("ssm").put_parameter(
        Name=name,
        Tags=tag_list(it.get("tags")),
        **it.chosen(Type="type", Description="description", Tier="tier"),
        **it.chosen(Value="valueWo" if "valueWo" in it.inputs else "value"),
    )
    return name, {"arn": it.arn("ssm", f"parameter{name}"), "name": name}


_QUEUE_ATTRIBUTES = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "redrivePolicy": "RedrivePolicy",
    "policy": "Policy",
}


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(pascal(value))


def queue(it: Registration) -> Made:
    name = it.physical_name()
    attributes = {
        attribute: _attribute(it[key])
        for key, attribute in _QUEUE_ATTRIBUTES.items()
        if it.get(key) is not None
    }
    sqs = it.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=it.get("tags", {}))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {"arn": arn, "name": name, "url": url}


def queue_policy(it: Registration) -> Made:
    it.client("sqs").set_queue_attributes(QueueUrl=it["queueUrl"], Attributes={"Policy": it["policy"]})
    return it["queueUrl"], {}


def topic(it: Registration) -> Made:
    name = it.physical_name()
    attributes = it.chosen(KmsMasterKeyId="kmsMasterKeyId", Policy="policy", DisplayName="displayName")
    arn = it.client("sns").create_topic(Name=name, Attributes=attributes, Tags=tag_list(it.get("tags")))
    return arn["TopicArn"], {"arn": arn["TopicArn"], "name": name}


def topic_policy(it: Registration) -> Made:
    json.loads(it["policy"])
    it.client("sns").set_topic_attributes(
        TopicArn=it["arn"], AttributeName="Policy", AttributeValue=it["policy"]
    )
    return it["arn"], {}


def topic_subscription(it: Registration) -> Made:
    arn = it.client("sns").subscribe(
        TopicArn=it["topic"], Protocol=it["protocol"], Endpoint=it["endpoint"], ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return arn, {"arn": arn}


TABLE = {
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketVersioning:BucketVersioning": bucket_versioning,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucket_encryption,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucket_public_access_block,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucket_ownership,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucket_lifecycle,
    "aws:s3/bucketPolicy:BucketPolicy": bucket_policy,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": bucket_replication,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretPolicy:SecretPolicy": secret_policy,
    "aws:ssm/parameter:Parameter": parameter,
    "aws:sqs/queue:Queue": queue,
    "aws:sqs/queuePolicy:QueuePolicy": queue_policy,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": topic_subscription,
}
