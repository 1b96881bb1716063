"""Rules and parameters of an installation (规则与参数): entering, approving, and which hold on a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from bangfu.db.policies import (
    PolicyKind,
    PolicyRow,
    approve_policy,
    approved_policies,
    enter_policy,
    get_policy,
    keep_policy,
    list_policies,
)
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.stage import digest_of
from bangfu.screening.parameters import Parameters, read_parameters, stored_parameters
from bangfu.screening.rules.reading import read_rules
from bangfu.screening.rules.rule_set import RuleSet
from bangfu.screening.rules.shipped import default_rules, shipped_rules
from bangfu.screening.screened import Policy

__all__ = [
    "InForce",
    "approve",
    "enter_parameters",
    "enter_rules",
    "keep_used",
    "parameter_tables",
    "policies_digest",
    "policy_in_force",
    "policy_of",
    "rule_file",
    "rules_named",
    "versions",
]

FILES = (".toml",)


@dataclass(frozen=True)
class InForce:
    """What holds on a day.

    Attributes:
        policy: Rules and parameters.
        rules_approved: Whether the rules were approved; otherwise they came with the program.
        parameters: Version of the parameters; None where none are approved.
    """

    policy: Policy
    rules_approved: bool
    parameters: str | None


def rule_file(path: Path) -> RuleSet:
    """Read a rule file.

    Raises:
        BangfuError: It cannot be read or used.
    """
    return read_rules(_text(path), path.name)


def parameter_tables(directory: Path) -> Parameters:
    """Read the parameter tables of a directory, one CSV file each.

    Raises:
        BangfuError: There are none, or they cannot be used.
    """
    files = {path.name: _text(path) for path in sorted(directory.glob("*.csv"))}
    if not files:
        raise BangfuError(
            f"There is no CSV file in {directory}: copy the empty tables of the program and fill them in."
        )
    return read_parameters(files)


def enter_rules(context: Context, rules: RuleSet, *, by: str) -> str:
    """Enter a rule set (录入); it is used once a second person has approved it.

    Returns:
        Its version.

    Raises:
        BangfuError: The account may not, or this version is entered already.
    """
    shipped = shipped_rules().get(rules.name)
    origin = "shipped" if shipped is not None and shipped.digest == rules.digest else "federation"
    if shipped is not None and origin == "federation":
        raise BangfuError(f"{rules.name} came with the program and reads differently: give your file a new version.")
    with context.engine.begin() as connection:
        enter_policy(connection, _rules_row(rules, origin), by=by)
    return rules.name


def enter_parameters(context: Context, parameters: Parameters, *, by: str) -> str:
    """Enter parameters (录入); they are used once a second person has approved them.

    Returns:
        Their version.

    Raises:
        BangfuError: The account may not, or the same values are entered already.
    """
    with context.engine.begin() as connection:
        enter_policy(connection, _parameters_row(parameters), by=by)
    return parameters.name


def approve(context: Context, version: str, kind: PolicyKind, *, by: str) -> None:
    """Approve a version (审批); who entered it may not.

    Raises:
        BangfuError: See `bangfu.db.policies.approve_policy`.
    """
    with context.engine.begin() as connection:
        approve_policy(connection, version, kind, by=by)


def versions(context: Context, kind: PolicyKind) -> list[PolicyRow]:
    """All versions that are kept, oldest first."""
    with context.engine.connect() as connection:
        return list_policies(connection, kind)


def policies_digest(context: Context) -> str:
    """Digest of everything that decides which rules and parameters hold on any day."""
    with context.engine.connect() as connection:
        rows = [row for kind in PolicyKind for row in approved_policies(connection, kind)]
    approved = [[row.version_id, row.digest, str(row.approved_at)] for row in rows]
    return digest_of([default_rules().digest, *approved])


def policy_in_force(context: Context, day: dt.date) -> InForce:
    """The rules and parameters that hold on a day.

    Of the approved rule sets that hold, the one that began last counts; of those that began on the same day, the one
    approved last. Before any is approved, the newest that came with the program is used. Of the parameters the
    version approved last counts, which carries the values of earlier days as well.

    Raises:
        BangfuError: No rule set holds on the day.
    """
    with context.engine.connect() as connection:
        rules = approved_policies(connection, PolicyKind.RULES)
        parameters = approved_policies(connection, PolicyKind.PARAMETERS)
    read = [read_rules(row.content, row.version_id) for row in rules] or list(shipped_rules().values())
    holding = [item for item in read if item.holds_on(day)]
    if not holding:
        told = ", ".join(f"{item.name} from {item.valid_from} to {item.valid_to or 'further notice'}" for item in read)
        raise BangfuError(f"No rule set holds on {day}; there are {told}. Approve one for that day.")
    in_use = max(reversed(holding), key=lambda item: item.valid_from)
    newest = parameters[-1] if parameters else None
    return InForce(
        Policy(in_use, stored_parameters(newest.content) if newest else None),
        bool(rules),
        newest.version_id if newest else None,
    )


def keep_used(connection: Connection, in_force: InForce) -> None:
    """Keep rules that were used without approval, so that the run can be repeated."""
    if not in_force.rules_approved:
        keep_policy(connection, _rules_row(in_force.policy.rules, "shipped"))


def rules_named(context: Context, name: str) -> RuleSet:
    """A rule set by what a person calls it: a file, a version that is kept, or one that came with the program.

    Raises:
        BangfuError: There is none.
    """
    if name.endswith(FILES):
        return rule_file(Path(name))
    with context.engine.connect() as connection:
        row = get_policy(connection, name)
    if row is not None and row.kind is PolicyKind.RULES:
        return read_rules(row.content, row.version_id)
    if name in shipped_rules():
        return shipped_rules()[name]
    raise BangfuError(f"There is no rule set {name!r}: give a .toml file or a version that `bangfu rules list` shows.")


def policy_of(context: Context, summary: Mapping[str, object]) -> Policy:
    """The very rules and parameters of an earlier run.

    Args:
        context: The installation.
        summary: Summary of the run.

    Raises:
        BangfuError: They are not kept, or not as they were.
    """
    name, parameters = str(summary.get("rule_set")), summary.get("parameters")
    with context.engine.connect() as connection:
        rules = get_policy(connection, name)
        values = get_policy(connection, str(parameters)) if parameters else None
    if rules is None or rules.digest != summary.get("rules_digest"):
        raise BangfuError(f"The rules {name} of that run are not kept as they were: it cannot be repeated.")
    if parameters and values is None:
        raise BangfuError(f"The parameters {parameters} of that run are not kept: it cannot be repeated.")
    return Policy(read_rules(rules.content, name), stored_parameters(values.content) if values else None)


def _rules_row(rules: RuleSet, origin: str) -> PolicyRow:
    return PolicyRow(
        rules.name, PolicyKind.RULES, rules.digest, rules.content, origin, rules.valid_from, rules.valid_to
    )


def _parameters_row(parameters: Parameters) -> PolicyRow:
    return PolicyRow(
        parameters.name, PolicyKind.PARAMETERS, parameters.digest, parameters.content, str(parameters.origin)
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BangfuError(f"{path} cannot be read as UTF-8 text.") from error
