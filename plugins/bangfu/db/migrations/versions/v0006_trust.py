"""Roles and areas of both trees, second factor, sessions that are seen by their account, sealed access log.

From here on every table that the portal role reads is under FORCE ROW LEVEL SECURITY. A table of persons that comes later names
the county and the owning union of its rows and has a policy as `candidate` has here; see `bangfu.db.row_policies`.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from bangfu.db.migrations.trust_sql import ACCOUNT_CHANGES, AUDIT, POLICIES, SCOPE, SESSIONS, TAKE_BACK

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = ("audit_check", "export_record", "client_attempt", "recovery_code", "second_factor", "account_change")
_FORCED = ("app_user", "portal_session", "access_log", "extract", *_TABLES)

_ROLES_BEFORE = ("county_officer", "prefecture_officer", "province_officer", "administrator", "department")
_ROLES = ("county_officer", "approver", "prefecture_officer", "province_officer", "auditor", "system_administrator", "security_administrator", "department")  # fmt: skip


def upgrade(portal_role: str) -> None:
    """Make the tables, and put every table of the portal under row-level security."""
    _change_accounts()
    _change_sessions_and_log()
    _make_tables()
    _execute(SCOPE)
    for table in _FORCED:
        _force(table)
    for statements in (POLICIES, SESSIONS, ACCOUNT_CHANGES, AUDIT):
        _execute(statements.replace("{portal}", portal_role))


def _change_accounts() -> None:
    op.drop_constraint("ck_app_user_role_known", "app_user")
    op.execute("UPDATE app_user SET role = 'system_administrator' WHERE role = 'administrator'")
    op.create_check_constraint(op.f("ck_app_user_role_known"), "app_user", f"role IN {_ROLES}")
    op.add_column("app_user", sa.Column("union_name", sa.Text(), nullable=True))
    op.add_column("app_user", sa.Column("oidc_subject", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_app_user_oidc_subject"), "app_user", ["oidc_subject"])
    op.create_check_constraint(
        op.f("ck_app_user_union_of_officers"),
        "app_user",
        "union_name IS NULL OR role IN ('county_officer', 'approver')",
    )
    op.add_column(
        "candidate",
        sa.Column(
            "owner_union", sa.Text(), sa.Computed("evidence -> 'owner' ->> 'union'", persisted=True), nullable=True
        ),
    )
    op.create_index(
        "ix_candidate_owner_union",
        "candidate",
        ["owner_union", sa.literal_column("strength DESC"), "candidate_id"],
        postgresql_where=sa.text("status = 'published'"),
    )


def _change_sessions_and_log() -> None:
    op.add_column("portal_session", sa.Column("session_id", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.add_column("portal_session", sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False))
    op.add_column("portal_session", sa.Column("client", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_portal_session_session_id"), "portal_session", ["session_id"])
    op.create_check_constraint(
        op.f("ck_portal_session_state_known"), "portal_session", "state IN ('open', 'second_factor')"
    )
    for name in ("role", "subject", "client"):
        op.add_column("access_log", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("access_log", sa.Column("shown", ARRAY(sa.Text()), nullable=True))
    op.add_column("access_log", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column("access_log", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_access_log_position"), "access_log", ["position"])
    op.create_check_constraint(op.f("ck_access_log_sealed"), "access_log", "(position IS NULL) = (hash IS NULL)")
    op.create_index("ix_access_log_unsealed", "access_log", ["entry_id"], postgresql_where=sa.text("position IS NULL"))
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_shown", "access_log", ["shown"], postgresql_using="gin")


def _make_tables() -> None:
    op.create_table(
        "account_change",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("target", JSONB(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('create', 'change', 'link', 'reset_second_factor')", name=op.f("ck_account_change_kind_known")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_account_change_two_persons")
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (approved IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_account_change_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["app_user.username"], name=op.f("fk_account_change_proposed_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.username"], name=op.f("fk_account_change_decided_by_app_user")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_account_change")),
    )
    op.create_index(
        "uq_account_change_waiting",
        "account_change",
        ["username"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "second_factor",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["app_user.username"], name=op.f("fk_second_factor_username_app_user")),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["app_user.username"], name=op.f("fk_recovery_code_username_app_user")),
        sa.PrimaryKeyConstraint("username", "digest", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "client_attempt",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_client_attempt")),
    )
    op.create_table(
        "export_record",
        sa.Column("export_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("columns", ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> username", name=op.f("ck_export_record_two_persons")),
        sa.CheckConstraint("purpose <> '' AND recipient <> '' AND setting <> ''", name=op.f("ck_export_record_stated")),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_export_record")),
    )
    op.create_index(op.f("ix_export_record_at"), "export_record", ["at"])
    op.create_table(
        "audit_check",
        sa.Column("check_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sealed", sa.BigInteger(), nullable=False),
        sa.Column("unsealed", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("findings", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_audit_check")),
    )


def _force(table: str) -> None:
    """The owner works on all rows; whoever else has no policy sees none."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")


def _execute(statements: str) -> None:
    op.execute(sa.text(statements.replace(":", "\\:")))


def downgrade(portal_role: str) -> None:
    """Go back to four roles of officers; accounts of the new ones are closed, and what only they know is lost."""
    _execute(TAKE_BACK.replace("{portal}", portal_role))
    for table in ("app_user", "portal_session", "access_log", "extract"):
        policies = sa.text("SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = :table")
        for name in op.get_bind().scalars(policies, {"table": table}).all():
            op.execute(f"DROP POLICY {name} ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION account_change_is_fixed()")
    op.execute(
        "DROP FUNCTION portal_may_see(text, text, text, text), portal_keeps(text), portal_union(), portal_person_area()"
    )
    op.execute("DROP FUNCTION portal_area(), portal_role(), portal_user()")
    for name in ("role", "subject", "client", "shown", "position", "hash"):
        op.drop_column("access_log", name)
    op.drop_index("ix_access_log_at", "access_log")
    for name in ("session_id", "state", "client"):
        op.drop_column("portal_session", name)
    op.drop_column("candidate", "owner_union")
    op.drop_constraint("ck_app_user_role_known", "app_user")
    op.drop_column("app_user", "oidc_subject")
    op.drop_column("app_user", "union_name")
    op.execute("UPDATE app_user SET role = 'administrator' WHERE role = 'system_administrator'")
    op.execute(
        "UPDATE app_user SET role = 'administrator', active = false "
        "WHERE role IN ('approver', 'auditor', 'security_administrator')"
    )
    op.create_check_constraint(op.f("ck_app_user_role_known"), "app_user", f"role IN {_ROLES_BEFORE}")
