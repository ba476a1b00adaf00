"""Logs, alarms, dashboards and budgets."""

from __future__ import annotations

from typing import Any

from tests.stage.emulator import ACCOUNT
from tests.whole.rehearsal.translation import Made, Registration, pascal


def log_group(it: Registration) -> Made:
    logs, name = it.client("logs"), it.physical_name()
    logs.create_log_group(logGroupName=name, tags=it.get("tags", {}))
    if it.get("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(it["retentionInDays"]))
    return name, {"name": name, "arn": it.arn("logs", f"log-group:{name}")}


def _dimensions(named: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in (named or {}).items()]


def _query(query: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Id": query["id"]}
    for key, parameter in (
        ("expression", "Expression"),
        ("label", "Label"),
        ("returnData", "ReturnData"),
        ("period", "Period"),
    ):
        if query.get(key) is not None:
            made[parameter] = pascal(query[key])
    if metric := query.get("metric"):
        made["MetricStat"] = {
            "Metric": {
                "Namespace": metric["namespace"],
                "MetricName": metric["metricName"],
                "Dimensions": _dimensions(metric.get("dimensions")),
            },
            "Period": int(metric["period"]),
            "Stat": metric["stat"],
        }
    return made


def metric_alarm(it: Registration) -> Made:
    name = it.physical_name()
    parameters = it.chosen(
        ComparisonOperator="comparisonOperator",
        EvaluationPeriods="evaluationPeriods",
        DatapointsToAlarm="datapointsToAlarm",
        MetricName="metricName",
        Namespace="namespace",
        Period="period",
        Statistic="statistic",
        ExtendedStatistic="extendedStatistic",
        Threshold="threshold",
        TreatMissingData="treatMissingData",
        AlarmDescription="alarmDescription",
        AlarmActions="alarmActions",
        OKActions="okActions",
        InsufficientDataActions="insufficientDataActions",
        ActionsEnabled="actionsEnabled",
    )
    if it.get("metricQueries"):
        parameters["Metrics"] = [_query(query) for query in it["metricQueries"]]
    else:
        parameters["Dimensions"] = _dimensions(it.get("dimensions"))
    it.client("cloudwatch").put_metric_alarm(AlarmName=name, **parameters)
    return name, {"name": name, "arn": it.arn("cloudwatch", f"alarm:{name}")}


def composite_alarm(it: Registration) -> Made:
    name = it.physical_name("alarmName")
    it.client("cloudwatch").put_composite_alarm(
        AlarmName=name,
        **it.chosen(
            AlarmRule="alarmRule",
            AlarmDescription="alarmDescription",
            AlarmActions="alarmActions",
            OKActions="okActions",
        ),
    )
    return name, {"arn": it.arn("cloudwatch", f"alarm:{name}")}


def dashboard(it: Registration) -> Made:
    name = it["dashboardName"]
    it.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=it["dashboardBody"])
    return name, {"dashboardArn": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"}


def budget(it: Registration) -> Made:
    name = it.physical_name()
    notices = [
        {
            "Notification": {
                "NotificationType": one["notificationType"],
                "ComparisonOperator": one["comparisonOperator"],
                "Threshold": one["threshold"],
                "ThresholdType": one["thresholdType"],
            },
            "Subscribers": [
                {"SubscriptionType": kind, "Address": address}
                for kind, key in (("EMAIL", "subscriberEmailAddresses"), ("SNS", "subscriberSnsTopicArns"))
                for address in one.get(key) or []
            ],
        }
        for one in it.get("notifications", [])
    ]
    it.client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": name,
            "BudgetType": it["budgetType"],
            "TimeUnit": it["timeUnit"],
            "BudgetLimit": {"Amount": str(it["limitAmount"]), "Unit": it["limitUnit"]},
        },
        NotificationsWithSubscribers=notices,
    )
    return f"{ACCOUNT}:{name}", {"name": name, "arn": f"arn:aws:budgets::{ACCOUNT}:budget/{name}"}


TABLE = {
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metric_alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": composite_alarm,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:budgets/budget:Budget": budget,
}
