"""IAM, Lambda, its schedule and its HTTP face."""

from __future__ import annotations

from typing import Any

from tests.stage.emulator import ACCOUNT
from tests.whole.rehearsal.translation import Made, Registration, pascal, tag_list

# The emulator runs such a function's `bootstrap` file, which starts Lambda's real runtime client; its own
# Python runtime is an imitation.
OWN_RUNTIME = "provided.al2023"


def role(it: Registration) -> Made:
    name = it.physical_name()
    arn = it.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=it["assumeRolePolicy"],
        Tags=tag_list(it.get("tags")),
        **it.chosen(Description="description"),
    )["Role"]["Arn"]
    return name, {"arn": arn, "name": name, "uniqueId": name}


def role_policy(it: Registration) -> Made:
    name = it.physical_name()
    it.client("iam").put_role_policy(RoleName=it["role"], PolicyName=name, PolicyDocument=it["policy"])
    return f"{it['role']}:{name}", {"name": name}


def role_policy_attachment(it: Registration) -> Made:
    it.client("iam").attach_role_policy(RoleName=it["role"], PolicyArn=it["policyArn"])
    return f"{it['role']}/{it['policyArn']}", {}


def function(it: Registration) -> Made:
    client, name = it.client("lambda"), it.physical_name()
    environment = {**it.get("environment", {}).get("variables", {}), **it.stage.function_environment}
    client.create_function(
        FunctionName=name,
        Runtime=OWN_RUNTIME,
        Code=_code(it),
        Environment={"Variables": environment},
        Tags=it.get("tags", {}),
        Publish=bool(it.get("publish")),
        **it.chosen(
            Role="role",
            Handler="handler",
            Description="description",
            Timeout="timeout",
            MemorySize="memorySize",
            Architectures="architectures",
            TracingConfig="tracingConfig",
            LoggingConfig="loggingConfig",
            DeadLetterConfig="deadLetterConfig",
            EphemeralStorage="ephemeralStorage",
        ),
    )
    reserved = int(it.get("reservedConcurrentExecutions", -1))
    if reserved >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    arn = it.arn("lambda", f"function:{name}")
    version = "1" if it.get("publish") else "$LATEST"
    return name, {
        "arn": arn,
        "name": name,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": f"arn:aws:apigateway:{it.region}:lambda:path/2015-03-31/functions/{arn}/invocations",
    }


def _code(it: Registration) -> dict[str, Any]:
    if it.get("s3Key"):
        return it.chosen(S3Bucket="s3Bucket", S3Key="s3Key")
    return {"ZipFile": it.stage.function_zip(it["code"].path)}


def _of_function(reference: str) -> str:
    return reference.split(":function:")[-1].split(":")[0]


def event_invoke_config(it: Registration) -> Made:
    client, name, qualifier = it.client("lambda"), _of_function(it["functionName"]), it.get("qualifier")
    client.put_function_event_invoke_config(
        FunctionName=name,
        **it.chosen(
            Qualifier="qualifier",
            MaximumRetryAttempts="maximumRetryAttempts",
            MaximumEventAgeInSeconds="maximumEventAgeInSeconds",
            DestinationConfig="destinationConfig",
        ),
    )
    on_failure = (it.get("destinationConfig") or {}).get("onFailure")
    if qualifier and on_failure:
        # The emulator forgets these settings when it invokes an alias; the older way to name a queue it keeps.
        client.update_function_configuration(
            FunctionName=name, DeadLetterConfig={"TargetArn": on_failure["destination"]}
        )
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = client.publish_version(FunctionName=name)["Version"]
        client.update_alias(FunctionName=name, Name=qualifier, FunctionVersion=version)
    return name, {}


def alias(it: Registration) -> Made:
    function_name, name = _of_function(it["functionName"]), it.physical_name()
    made = it.client("lambda").create_alias(
        FunctionName=function_name, Name=name, FunctionVersion=it["functionVersion"]
    )
    arn = made["AliasArn"]
    invoke = f"arn:aws:apigateway:{it.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return arn, {"arn": arn, "name": name, "invokeArn": invoke}


def provisioned_concurrency(it: Registration) -> Made:
    name = _of_function(it["functionName"])
    it.client("lambda").put_provisioned_concurrency_config(
        FunctionName=name,
        Qualifier=it["qualifier"],
        ProvisionedConcurrentExecutions=int(it["provisionedConcurrentExecutions"]),
    )
    return f"{name},{it['qualifier']}", {}


def permission(it: Registration) -> Made:
    statement = it.get("statementId", it.name)
    it.client("lambda").add_permission(
        FunctionName=_of_function(it["function"]),
        StatementId=statement,
        **it.chosen(
            Action="action",
            Principal="principal",
            SourceArn="sourceArn",
            SourceAccount="sourceAccount",
            Qualifier="qualifier",
        ),
    )
    return statement, {"statementId": statement}


def function_url(it: Registration) -> Made:
    made = it.client("lambda").create_function_url_config(
        FunctionName=_of_function(it["functionName"]),
        AuthType=it["authorizationType"],
        **it.chosen(Qualifier="qualifier", Cors="cors"),
    )
    return it["functionName"], {"functionUrl": made["FunctionUrl"], "functionArn": made["FunctionArn"]}


def schedule_group(it: Registration) -> Made:
    name = it.physical_name()
    arn = it.client("scheduler").create_schedule_group(Name=name, Tags=tag_list(it.get("tags")))
    return name, {"name": name, "arn": arn["ScheduleGroupArn"]}


def schedule(it: Registration) -> Made:
    name, group = it.physical_name(), it.get("groupName", "default")
    arn = it.client("scheduler").create_schedule(
        Name=name,
        GroupName=group,
        Target=pascal(it["target"]),
        **it.chosen(
            ScheduleExpression="scheduleExpression",
            ScheduleExpressionTimezone="scheduleExpressionTimezone",
            FlexibleTimeWindow="flexibleTimeWindow",
            State="state",
            Description="description",
        ),
    )["ScheduleArn"]
    return f"{group}/{name}", {"name": name, "arn": arn, "groupName": group}


def http_api(it: Registration) -> Made:
    made = it.client("apigatewayv2").create_api(
        Name=it.physical_name(),
        ProtocolType=it["protocolType"],
        Tags=it.get("tags", {}),
        **it.chosen(CorsConfiguration="corsConfiguration", Description="description"),
    )
    execution = f"arn:aws:execute-api:{it.region}:{ACCOUNT}:{made['ApiId']}"
    return made["ApiId"], {
        "apiEndpoint": made["ApiEndpoint"],
        "executionArn": execution,
        "name": made["Name"],
    }


def http_integration(it: Registration) -> Made:
    made = it.client("apigatewayv2").create_integration(
        **it.chosen(
            ApiId="apiId",
            IntegrationType="integrationType",
            IntegrationUri="integrationUri",
            IntegrationMethod="integrationMethod",
            PayloadFormatVersion="payloadFormatVersion",
            TimeoutInMillis="timeoutMilliseconds",
        )
    )
    return made["IntegrationId"], {}


def http_route(it: Registration) -> Made:
    made = it.client("apigatewayv2").create_route(
        **it.chosen(
            ApiId="apiId", RouteKey="routeKey", Target="target", AuthorizationType="authorizationType"
        )
    )
    return made["RouteId"], {}


def http_stage(it: Registration) -> Made:
    settings: dict[str, Any] = it.chosen(
        ApiId="apiId",
        AutoDeploy="autoDeploy",
        AccessLogSettings="accessLogSettings",
        DefaultRouteSettings="defaultRouteSettings",
    )
    settings["RouteSettings"] = {
        one["routeKey"]: pascal({key: value for key, value in one.items() if key != "routeKey"})
        for one in it.get("routeSettings", [])
    }
    made = it.client("apigatewayv2").create_stage(
        StageName=it.physical_name(), Tags=it.get("tags", {}), **settings
    )
    url = f"https://{it['apiId']}.execute-api.{it.region}.amazonaws.com/"
    return made["StageName"], {"name": made["StageName"], "invokeUrl": url}


TABLE = {
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": role_policy_attachment,
    "aws:lambda/function:Function": function,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": event_invoke_config,
    "aws:lambda/alias:Alias": alias,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": provisioned_concurrency,
    "aws:lambda/permission:Permission": permission,
    "aws:lambda/functionUrl:FunctionUrl": function_url,
    "aws:scheduler/scheduleGroup:ScheduleGroup": schedule_group,
    "aws:scheduler/schedule:Schedule": schedule,
    "aws:apigatewayv2/api:Api": http_api,
    "aws:apigatewayv2/integration:Integration": http_integration,
    "aws:apigatewayv2/route:Route": http_route,
    "aws:apigatewayv2/stage:Stage": http_stage,
}
