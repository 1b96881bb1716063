"""The demonstration screens by approved rules and labelled made-up parameters."""

import datetime as dt

from hand_built import Database, opened

from bangfu.demonstration.policies import ensure_policies
from bangfu.pipeline.screening.policies import policy_in_force
from schemas.parameters import Origin


def test_rules_and_made_up_parameters_are_in_use_and_stay(database: Database) -> None:
    context = opened(database)
    for _ in range(2):
        ensure_policies(context)
        in_force = policy_in_force(context, dt.date(2026, 6, 30))
        assert in_force.rules_approved
        assert in_force.policy.parameters is not None
        assert in_force.policy.parameters.origin is Origin.SYNTHETIC
