"""Rules and made-up parameters of the demonstration (演示规则与参数), entered and approved by two accounts of its own."""

import secrets

from bangfu.pipeline.context import Context

__all__ = ["ensure_policies"]

ENTERS, APPROVES = "demo.entry", "demo.approval"


def ensure_policies(context: Context) -> None:
    """Put the shipped rules and the synthetic parameters into use, unless some are.

    Nobody is told the passwords of the two accounts.
    """
    from bangfu.db.models import Role
    from bangfu.db.policies import PolicyKind, approved_policies
    from bangfu.db.users import User, create_user, get_user
    from bangfu.pipeline.screening.policies import approve, enter_parameters, enter_rules
    from bangfu.screening.parameters import read_parameters
    from bangfu.screening.rules.shipped import default_rules
    from schemas.reference import parameter_files

    with context.engine.begin() as connection:
        for name, title in ((ENTERS, "规则录入 演示"), (APPROVES, "规则审批 演示")):
            if get_user(connection, name) is None:
                create_user(connection, User(name, title, Role.PROVINCE_OFFICER, "53"), secrets.token_urlsafe(32))
        missing = {kind for kind in PolicyKind if not approved_policies(connection, kind)}
    if PolicyKind.RULES in missing:
        approve(context, enter_rules(context, default_rules(), by=ENTERS), PolicyKind.RULES, by=APPROVES)
    if PolicyKind.PARAMETERS in missing:
        made_up = read_parameters(parameter_files("synthetic"))
        approve(context, enter_parameters(context, made_up, by=ENTERS), PolicyKind.PARAMETERS, by=APPROVES)
