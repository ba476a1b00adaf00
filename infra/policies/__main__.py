"""The policy pack: `pulumi preview --policy-pack infra/policies` holds a stack to `rules.py`."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# The pack runs in a venv of its own, whose library is not installed beside the program's.

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy
from rules import CHECKS, Check, check_buckets


def _validator(check: Check):
    def validate(args, report_violation) -> None:
        for problem in check.rule(args.resource_type, args.props):
            report_violation(problem)

    return validate


def _validate_stack(args, report_violation) -> None:
    fleet = [(resource.resource_type, resource.props) for resource in args.resources]
    for problem in check_buckets(fleet):
        report_violation(problem)


PolicyPack(
    name="myrunstreak",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        *(
            ResourceValidationPolicy(
                name=check.name,
                description=check.description,
                validate=_validator(check),
                enforcement_level=EnforcementLevel.MANDATORY
                if check.mandatory
                else EnforcementLevel.ADVISORY,
            )
            for check in CHECKS
        ),
        StackValidationPolicy(
            name="buckets-complete",
            description="Every bucket comes with encryption, versioning, ownership, a policy and no public access.",
            validate=_validate_stack,
        ),
    ],
)
