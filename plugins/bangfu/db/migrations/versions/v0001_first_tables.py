"""First tables, row-level security on candidates, rights of the portal role.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_TABLES = (
    "access_log",
    "portal_session",
    "app_user",
    "candidate",
    "candidate_list",
    "link_set",
    "pipeline_run",
    "extract",
)

_SECURITY = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {portal};

-- Candidates: the owner works on all rows, the portal reads the published rows of one area. The area
-- must look like a division code: neither an absent nor an empty setting, nor a pattern, matches any row.
ALTER TABLE candidate ENABLE ROW LEVEL SECURITY;
ALTER TABLE candidate FORCE ROW LEVEL SECURITY;
CREATE POLICY candidate_owner ON candidate TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY candidate_portal ON candidate FOR SELECT TO {portal} USING (
    status = 'published'
    AND current_setting('bangfu.area', true) ~ '^[0-9]{{2}}([0-9]{{2}}){{0,2}}$'
    AND starts_with(county_code, current_setting('bangfu.area', true))
);
GRANT SELECT ON candidate TO {portal};
GRANT SELECT ON candidate_list TO {portal};

-- Accounts: everything but the hash and the state of the lock, which two functions deal with.
GRANT SELECT (username, display_name, role, area_code, active) ON app_user TO {portal};
GRANT SELECT, INSERT ON portal_session TO {portal};
GRANT UPDATE (expires_at, revoked_at) ON portal_session TO {portal};
GRANT INSERT (at, username, action, candidate_id, area_code, request_id) ON access_log TO {portal};

-- One attempt at one account: the hash to compare with, or NULL for an unknown, disabled or locked
-- account. The attempt counts as failed until portal_login_success takes it back.
CREATE FUNCTION portal_login_attempt(attempted text) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.app_user
    SET failed_logins = failed_logins + 1,
        locked_until = CASE WHEN failed_logins + 1 >= 5
            THEN clock_timestamp() + least(power(2, least(failed_logins - 4, 10)), 15) * interval '1 minute' END
    WHERE username = attempted AND active AND (locked_until IS NULL OR locked_until <= clock_timestamp())
    RETURNING password_hash
$$;

-- Takes a hash, so that only who was given it can unlock the account.
CREATE FUNCTION portal_login_success(attempted text, verified_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.app_user SET failed_logins = 0, locked_until = NULL
    WHERE username = attempted AND password_hash = verified_hash
$$;

REVOKE ALL ON FUNCTION portal_login_attempt(text), portal_login_success(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_login_attempt(text), portal_login_success(text, text) TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the tables and give the portal role its rights."""
    op.create_table(
        "access_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("candidate_id", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_access_log")),
    )
    op.create_index(op.f("ix_access_log_candidate_id_at"), "access_log", ["candidate_id", "at"], unique=False)
    op.create_index(op.f("ix_access_log_username_at"), "access_log", ["username", "at"], unique=False)
    op.create_table(
        "app_user",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("failed_logins", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("area_code ~ '^[0-9]{2}([0-9]{2}){0,2}$'", name=op.f("ck_app_user_area_code_form")),
        sa.CheckConstraint(
            "role IN ('county_officer', 'prefecture_officer', 'province_officer', 'administrator')",
            name=op.f("ck_app_user_role_known"),
        ),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_app_user")),
    )
    op.create_table(
        "extract",
        sa.Column("extract_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("landing_key", sa.Text(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("rows_in", sa.BigInteger(), nullable=True),
        sa.Column("rows_accepted", sa.BigInteger(), nullable=True),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=True),
        sa.Column("standard_key", sa.Text(), nullable=True),
        sa.Column("quarantine_key", sa.Text(), nullable=True),
        sa.Column("reject_code", sa.Text(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("standardised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schema_version", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('received', 'standardised', 'rejected', 'retracted')", name=op.f("ck_extract_status_known")
        ),
        sa.PrimaryKeyConstraint("extract_id", name=op.f("pk_extract")),
    )
    op.create_index(op.f("ix_extract_source_status"), "extract", ["source", "status"], unique=False)
    op.create_table(
        "pipeline_run",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("input_hash", sa.Text(), nullable=True),
        sa.Column("summary", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name=op.f("ck_pipeline_run_status_known")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_pipeline_run")),
    )
    op.create_index(op.f("ix_pipeline_run_stage_run_id"), "pipeline_run", ["stage", "run_id"], unique=False)
    op.create_table(
        "candidate_list",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["pipeline_run.run_id"], name=op.f("fk_candidate_list_run_id_pipeline_run")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_candidate_list")),
        sa.UniqueConstraint("list_version", name=op.f("uq_candidate_list_list_version")),
    )
    op.create_table(
        "link_set",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("pairs_key", sa.Text(), nullable=False),
        sa.Column("model_key", sa.Text(), nullable=True),
        sa.Column("left_rows", sa.BigInteger(), nullable=False),
        sa.Column("right_rows", sa.BigInteger(), nullable=False),
        sa.Column("pairs_scored", sa.BigInteger(), nullable=False),
        sa.Column("pairs_accepted", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["pipeline_run.run_id"], name=op.f("fk_link_set_run_id_pipeline_run")),
        sa.PrimaryKeyConstraint("run_id", "source", name=op.f("pk_link_set")),
    )
    op.create_table(
        "portal_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["app_user.username"], name=op.f("fk_portal_session_username_app_user")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_portal_session")),
    )
    op.create_index(op.f("ix_portal_session_username"), "portal_session", ["username"], unique=False)
    op.create_table(
        "candidate",
        sa.Column("candidate_id", sa.Text(), nullable=False),
        sa.Column("screened_run_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'screened'"), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("county_code", sa.Text(), nullable=False),
        sa.Column("prefecture_code", sa.Text(), nullable=False),
        sa.Column("union_name", sa.Text(), nullable=True),
        sa.Column("roster_record_id", sa.Text(), nullable=False),
        sa.Column("roster_person_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("ethnic_group", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("match", JSONB(), nullable=False),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("match_probability", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "(status = 'screened') = (list_version IS NULL)", name=op.f("ck_candidate_version_when_published")
        ),
        sa.CheckConstraint("county_code ~ '^[0-9]{6}$'", name=op.f("ck_candidate_county_code_form")),
        sa.CheckConstraint("status IN ('screened', 'published', 'withdrawn')", name=op.f("ck_candidate_status_known")),
        sa.CheckConstraint("match_probability BETWEEN 0 AND 1", name=op.f("ck_candidate_match_probability_range")),
        sa.CheckConstraint("strength BETWEEN 0 AND 1", name=op.f("ck_candidate_strength_range")),
        sa.ForeignKeyConstraint(
            ["screened_run_id"], ["candidate_list.run_id"], name=op.f("fk_candidate_screened_run_id_candidate_list")
        ),
        sa.PrimaryKeyConstraint("candidate_id", "screened_run_id", name=op.f("pk_candidate")),
    )
    op.create_index(
        op.f("ix_candidate_status_county_code_candidate_id"),
        "candidate",
        ["status", "county_code", sa.literal_column("strength DESC"), "candidate_id"],
        unique=False,
    )
    op.create_index(
        "uq_candidate_published",
        "candidate",
        ["candidate_id"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.execute(sa.text(_SECURITY.format(portal=portal_role).replace(":", "\\:")))


def downgrade(portal_role: str) -> None:  # noqa: ARG001
    """Remove the tables with everything in them."""
    op.execute("DROP FUNCTION portal_login_attempt(text), portal_login_success(text, text)")
    for table in _TABLES:
        op.drop_table(table)
