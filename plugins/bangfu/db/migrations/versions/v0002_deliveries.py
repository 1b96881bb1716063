"""Deliveries apart from their content, data keys, exchange and deletion logs, accounts of departments.

Every extract that exists becomes a delivery of its own without a manifest. What had been received and not yet
standardised must be sent again: its bytes were kept as they came, which is no longer done.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("deletion", "exchange", "data_key", "delivery_file", "delivery")

_CARRY_OVER = """
INSERT INTO delivery (delivery_id, source, slot, period, revision, announced, status, received_at, accepted_at,
                      retracted_at, code, reason)
SELECT source || '-d-' || substr(sha256, 1, 16), source, 'file/' || sha256, period, 1, 'none',
       CASE status WHEN 'standardised' THEN 'accepted' WHEN 'retracted' THEN 'retracted' ELSE 'rejected' END,
       received_at,
       CASE WHEN status IN ('standardised', 'retracted') THEN coalesce(standardised_at, received_at) END,
       CASE WHEN status = 'retracted' THEN now() END,
       CASE WHEN status = 'received' THEN 'send_again' ELSE reject_code END,
       CASE WHEN status = 'received' THEN '系统已升级，请重新报送' || chr(10) || 'The service was upgraded; send it again.'
            ELSE reject_reason END
FROM extract;

INSERT INTO delivery_file (delivery_id, position, name, sha256, byte_size, extract_id)
SELECT source || '-d-' || substr(sha256, 1, 16), 1, original_name, sha256, byte_size, extract_id FROM extract;

UPDATE extract SET status = CASE WHEN standard_key IS NOT NULL THEN 'standardised' ELSE 'rejected' END
WHERE status = 'retracted';
UPDATE extract SET status = 'rejected' WHERE status = 'received';
"""

_SECURITY = """
-- What was exchanged and deleted is a matter of record.
CREATE FUNCTION entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of % are only ever added', TG_TABLE_NAME;
END $$;
CREATE TRIGGER exchange_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON exchange
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();
CREATE TRIGGER deletion_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON deletion
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- A department sees its own deliveries: those of its sources that it sent itself.
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_owner ON delivery TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY delivery_portal ON delivery FOR SELECT TO {portal} USING (
    source = ANY (string_to_array(current_setting('bangfu.sources', true), ','))
    AND sender = current_setting('bangfu.sender', true)
);
ALTER TABLE delivery_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_file FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_file_owner ON delivery_file TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY delivery_file_portal ON delivery_file FOR SELECT TO {portal} USING (
    EXISTS (SELECT FROM delivery WHERE delivery.delivery_id = delivery_file.delivery_id)
);
GRANT SELECT ON delivery, delivery_file TO {portal};
GRANT SELECT (extract_id, status, data_rows, rows_in, rows_accepted, rows_rejected, reject_counts) ON extract TO {portal};
GRANT SELECT (sources) ON app_user TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the tables and carry the extracts over."""
    op.create_table(
        "data_key",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name=op.f("ck_data_key_destroyed")),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_data_key")),
    )
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("announced", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("profile_key", sa.Text(), nullable=True),
        sa.Column("receipt_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "announced IN ('manifest', 'marker', 'none', 'operator')", name=op.f("ck_delivery_announced_known")
        ),
        sa.CheckConstraint(
            "status IN ('received', 'held', 'accepted', 'rejected', 'retracted')",
            name=op.f("ck_delivery_status_known"),
        ),
        sa.CheckConstraint(
            "(status = 'retracted') = (retracted_at IS NOT NULL)", name=op.f("ck_delivery_retracted_at")
        ),
        sa.CheckConstraint("status <> 'accepted' OR accepted_at IS NOT NULL", name=op.f("ck_delivery_accepted_at")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_source_received_at"), "delivery", ["source", "received_at"], unique=False)
    op.create_index(
        "uq_delivery_revision",
        "delivery",
        ["source", "slot", "revision"],
        unique=True,
        postgresql_where=sa.text("status <> 'rejected'"),
    )
    op.create_table(
        "delivery_file",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("rows_stated", sa.BigInteger(), nullable=True),
        sa.Column("extract_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_delivery_file_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["extract_id"], ["extract.extract_id"], name=op.f("fk_delivery_file_extract_id_extract")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "position", name=op.f("pk_delivery_file")),
    )
    op.create_index(op.f("ix_delivery_file_extract_id"), "delivery_file", ["extract_id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("counterpart", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("columns", ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_exchange_direction_known")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_exchange")),
    )
    op.create_index(op.f("ix_exchange_source_at"), "exchange", ["source", "at"], unique=False)
    op.create_table(
        "deletion",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("byte_size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("key_destroyed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["pipeline_run.run_id"], name=op.f("fk_deletion_run_id_pipeline_run")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_deletion")),
    )
    op.create_index(op.f("ix_deletion_run_id"), "deletion", ["run_id"], unique=False)
    _change_extracts()
    _change_accounts()
    op.execute(sa.text(_SECURITY.format(portal=portal_role).replace(":", "\\:")))


def _change_extracts() -> None:
    op.drop_constraint("ck_extract_status_known", "extract")
    op.execute(_CARRY_OVER)
    op.create_check_constraint(
        op.f("ck_extract_status_known"), "extract", "status IN ('received', 'standardised', 'rejected', 'expired')"
    )
    op.alter_column("extract", "landing_key", nullable=True)
    op.add_column("extract", sa.Column("data_rows", sa.BigInteger(), nullable=True))
    for column in ("reject_counts", "defects"):
        op.add_column("extract", sa.Column(column, JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    for column in ("original_name", "period", "revision", "reject_code", "reject_reason"):
        op.drop_column("extract", column)


def _change_accounts() -> None:
    op.add_column("app_user", sa.Column("sources", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.drop_constraint("ck_app_user_role_known", "app_user")
    op.create_check_constraint(
        op.f("ck_app_user_role_known"),
        "app_user",
        "role IN ('county_officer', 'prefecture_officer', 'province_officer', 'administrator', 'department')",
    )
    op.create_check_constraint(
        op.f("ck_app_user_sources_of_departments"), "app_user", "(role = 'department') = (cardinality(sources) > 0)"
    )


def downgrade(portal_role: str) -> None:
    """Go back to one row per file; what only deliveries know is lost."""
    op.execute(f"REVOKE SELECT ON extract FROM {portal_role}")  # noqa: S608
    op.execute(
        "DELETE FROM portal_session USING app_user WHERE portal_session.username = app_user.username AND role = 'department'"
    )
    op.execute("DELETE FROM app_user WHERE role = 'department'")
    op.drop_constraint("ck_app_user_sources_of_departments", "app_user")
    op.drop_constraint("ck_app_user_role_known", "app_user")
    op.create_check_constraint(
        op.f("ck_app_user_role_known"),
        "app_user",
        "role IN ('county_officer', 'prefecture_officer', 'province_officer', 'administrator')",
    )
    op.drop_column("app_user", "sources")
    op.add_column("extract", sa.Column("original_name", sa.Text(), server_default="", nullable=False))
    for column in ("period", "reject_code", "reject_reason"):
        op.add_column("extract", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("extract", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint("ck_extract_status_known", "extract")
    op.execute(
        """
        UPDATE extract SET status = 'rejected' WHERE status = 'expired';
        UPDATE extract SET status = 'retracted' WHERE status = 'standardised' AND NOT EXISTS (
            SELECT FROM delivery JOIN delivery_file USING (delivery_id)
            WHERE delivery_file.extract_id = extract.extract_id AND delivery.status = 'accepted');
        UPDATE extract SET landing_key = '' WHERE landing_key IS NULL;
        """
    )
    op.create_check_constraint(
        op.f("ck_extract_status_known"), "extract", "status IN ('received', 'standardised', 'rejected', 'retracted')"
    )
    op.alter_column("extract", "original_name", server_default=None)
    op.alter_column("extract", "landing_key", nullable=False)
    for column in ("data_rows", "reject_counts", "defects"):
        op.drop_column("extract", column)
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION entries_stay()")
