"""How large every measurement is."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.bench import (
    answering,
    daily,
    efforts,
    growth,
    overview,
    rebuilding,
    storing,
    within_lambda,
)


@dataclass(frozen=True)
class Plans:
    """One plan a measurement."""

    storing: storing.Plan
    daily: daily.Plan
    growth: growth.Plan
    imports: int
    overview: overview.Plan
    answering: answering.Plan
    rebuilding: rebuilding.Plan
    efforts: efforts.Plan
    within_lambda: within_lambda.Plan


# What docs/benchmarks.md is written from.
FULL = Plans(
    storing=storing.Plan(10_000, 100_000, (250, 500, 1_000), rounds=5),
    daily=daily.Plan((10_000, 100_000), rounds=7),
    growth=growth.Plan(10_000, days=365, noted_every=73),
    imports=9,
    overview=overview.Plan(10_000, days=1_000_000, rounds=5, repeats=15),
    answering=answering.Plan(10_000, requests=40, rounds=9),
    rebuilding=rebuilding.Plan(4_600, details=200, samples=2_000, rounds=3, whole=True),
    efforts=efforts.Plan(1_000, samples=2_000, rounds=3),
    within_lambda=within_lambda.Plan(10_000, rounds=3),
)
# Whether it works and roughly where it stands, in a fraction of the time.
QUICK = Plans(
    storing=storing.Plan(2_000, 10_000, (50, 100), rounds=2),
    daily=daily.Plan((2_000, 10_000), rounds=2),
    growth=growth.Plan(2_000, days=20, noted_every=10),
    imports=2,
    overview=overview.Plan(2_000, days=100_000, rounds=2, repeats=5),
    answering=answering.Plan(2_000, requests=10, rounds=2),
    rebuilding=rebuilding.Plan(1_000, details=20, samples=500, rounds=1, whole=False),
    efforts=efforts.Plan(60, samples=2_000, rounds=1),
    within_lambda=within_lambda.Plan(2_000, rounds=1),
)
# What the tests run.
TINY = Plans(
    storing=storing.Plan(60, 120, (5, 10), rounds=1),
    daily=daily.Plan((60, 120), rounds=1),
    growth=growth.Plan(60, days=3, noted_every=2),
    imports=1,
    overview=overview.Plan(400, days=300, rounds=1, repeats=1),
    answering=answering.Plan(100, requests=2, rounds=1),
    rebuilding=rebuilding.Plan(60, details=2, samples=20, rounds=1, whole=True),
    efforts=efforts.Plan(3, samples=300, rounds=1),
    within_lambda=within_lambda.Plan(60, rounds=1),
)
