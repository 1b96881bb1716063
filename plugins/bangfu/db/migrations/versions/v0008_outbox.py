"""Outbox: notices to unions, their messages and acknowledgements, channels, tokens of unions' own systems.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = (
    "api_token",
    "notice_reminder",
    "notice_acknowledgement",
    "notice_attempt",
    "notice_message",
    "notice",
    "channel_circuit",
    "union_channel",
    "union_desk",
)

_SECURITY = """
-- Whoever reads by position must never have passed a notice that is committed later. So positions are drawn under a
-- lock that is held until the commit: their order is the order of the commits, and a gap is never filled.
CREATE SEQUENCE notice_position;
CREATE FUNCTION notice_takes_its_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('bangfu/notice_position', 0));
    NEW.position := nextval('notice_position');
    RETURN NEW;
END $$;
CREATE TRIGGER notice_takes_its_position BEFORE INSERT ON notice
    FOR EACH ROW EXECUTE FUNCTION notice_takes_its_position();

-- What was told, tried and acknowledged is a matter of record.
CREATE TRIGGER notice_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON notice
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();
CREATE TRIGGER notice_attempt_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON notice_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();
CREATE TRIGGER notice_acknowledgement_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON notice_acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- A union's own system and its officers see the notices of that union, other officers those of the federations of the area.
-- Neither an absent nor an empty setting, nor a pattern, matches any row.
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_owner ON notice TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY notice_union ON notice FOR SELECT TO {portal} USING (
    union_code = current_setting('bangfu.union', true)
);
CREATE POLICY notice_area ON notice FOR SELECT TO {portal} USING (
    (SELECT portal_union()) = '*' AND union_code ~ '^[0-9]+$' AND starts_with(union_code, (SELECT portal_person_area()))
);
ALTER TABLE notice_acknowledgement ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_acknowledgement FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_acknowledgement_owner ON notice_acknowledgement TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY notice_acknowledgement_read ON notice_acknowledgement FOR SELECT TO {portal} USING (
    EXISTS (SELECT FROM notice WHERE notice.notice_id = notice_acknowledgement.notice_id)
);
-- One acknowledges for oneself: a token for its union, an officer for the federation of the area and none below it.
CREATE POLICY notice_acknowledgement_write ON notice_acknowledgement FOR INSERT TO {portal} WITH CHECK (
    EXISTS (
        SELECT FROM notice WHERE notice.notice_id = notice_acknowledgement.notice_id AND notice.union_code =
            CASE WHEN notice_acknowledgement.channel = 'api' THEN CASE WHEN portal_user() IS NULL THEN portal_union() END
                 WHEN portal_person_area() IS NULL THEN NULL
                 WHEN portal_union() = '*' THEN portal_person_area()
                 ELSE portal_union() END
    )
);
GRANT SELECT ON notice, notice_acknowledgement TO {portal};
GRANT INSERT (notice_id, channel, by) ON notice_acknowledgement TO {portal};

-- A token that may be used now, by its digest: counts the request in the minute it falls into.
CREATE FUNCTION portal_api_token(presented text)
RETURNS TABLE (token_id text, union_code text, scopes text[], requests int)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.api_token AS t
    SET last_used_at = clock_timestamp(),
        window_requests = CASE WHEN t.window_started > clock_timestamp() - interval '1 minute'
            THEN t.window_requests + 1 ELSE 1 END,
        window_started = CASE WHEN t.window_started > clock_timestamp() - interval '1 minute'
            THEN t.window_started ELSE clock_timestamp() END
    WHERE t.digest = presented AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
    RETURNING t.token_id, t.union_code, t.scopes, t.window_requests
$$;
REVOKE ALL ON FUNCTION portal_api_token(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_api_token(text) TO {portal};
"""


def upgrade(portal_role: str) -> None:
    """Make the tables and give the portal role its rights."""
    _make_channels()
    _make_notices()
    _make_messages()
    _make_tokens()
    op.execute(sa.text(_SECURITY.format(portal=portal_role).replace(":", "\\:")))


def _make_channels() -> None:
    op.create_table(
        "channel_circuit",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_channel_circuit")),
    )
    op.create_table(
        "union_channel",
        sa.Column("union_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("secret_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(channel IN ('email', 'webhook')) = (address IS NOT NULL)", name=op.f("ck_union_channel_address_given")
        ),
        sa.CheckConstraint(
            "channel IN ('inbox', 'email', 'webhook', 'none')", name=op.f("ck_union_channel_channel_known")
        ),
        sa.CheckConstraint(
            "union_code ~ '^([0-9]{2}([0-9]{2}){0,2}|[^0-9[:space:]]{4,60})$'",
            name=op.f("ck_union_channel_union_code_form"),
        ),
        sa.CheckConstraint("(address IS NULL) = (server IS NULL)", name=op.f("ck_union_channel_server_given")),
        sa.PrimaryKeyConstraint("union_code", "channel", name=op.f("pk_union_channel")),
    )
    op.create_table(
        "union_desk",
        sa.Column("union_code", sa.Text(), nullable=False),
        sa.Column("above", sa.Text(), nullable=False),
        sa.CheckConstraint("above ~ '^[0-9]{2}([0-9]{2}){0,2}$'", name=op.f("ck_union_desk_above_form")),
        sa.CheckConstraint(
            "union_code ~ '^([0-9]{2}([0-9]{2}){0,2}|[^0-9[:space:]]{4,60})$'",
            name=op.f("ck_union_desk_union_code_form"),
        ),
        sa.PrimaryKeyConstraint("union_code", name=op.f("pk_union_desk")),
    )


def _make_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("union_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('list', 'retraction', 'reminder', 'escalation')", name=op.f("ck_notice_kind_known")
        ),
        sa.CheckConstraint(
            "union_code ~ '^([0-9]{2}([0-9]{2}){0,2}|[^0-9[:space:]]{4,60})$'", name=op.f("ck_notice_union_code_form")
        ),
        sa.ForeignKeyConstraint(["about"], ["notice.notice_id"], name=op.f("fk_notice_about_notice")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "union_code", "kind", "list_version", "step", name=op.f("uq_notice_union_code_kind_list_version_step")
        ),
    )
    op.create_index(op.f("ix_notice_list_version_kind"), "notice", ["list_version", "kind"], unique=False)
    op.create_index(op.f("ix_notice_union_code_position"), "notice", ["union_code", "position"], unique=False)
    op.create_index("uq_notice_position", "notice", ["position"], unique=True)
    op.create_table(
        "notice_acknowledgement",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("channel IN ('inbox', 'api')", name=op.f("ck_notice_acknowledgement_channel_known")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.notice_id"], name=op.f("fk_notice_acknowledgement_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", "channel", name=op.f("pk_notice_acknowledgement")),
    )
    op.create_table(
        "notice_reminder",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.notice_id"], name=op.f("fk_notice_reminder_notice_id_notice")),
        sa.PrimaryKeyConstraint("notice_id", "step", name=op.f("pk_notice_reminder")),
    )


def _make_messages() -> None:
    op.create_table(
        "notice_message",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('inbox', 'email', 'webhook', 'none')", name=op.f("ck_notice_message_channel_known")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'dead', 'cancelled')", name=op.f("ck_notice_message_status_known")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.notice_id"], name=op.f("fk_notice_message_notice_id_notice")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_notice_message")),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_notice_message_notice_id_channel")),
    )
    op.create_index(
        "ix_notice_message_due",
        "notice_message",
        ["due_at", "message_id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "notice_attempt",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9_]{1,40}$'", name=op.f("ck_notice_attempt_code_form")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["notice_message.message_id"], name=op.f("fk_notice_attempt_message_id_notice_message")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_notice_attempt")),
    )
    op.create_index(op.f("ix_notice_attempt_message_id"), "notice_attempt", ["message_id"], unique=False)


def _make_tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("union_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_requests", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "union_code ~ '^([0-9]{2}([0-9]{2}){0,2}|[^0-9[:space:]]{4,60})$'",
            name=op.f("ck_api_token_union_code_form"),
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_token_scopes_given")),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )


def downgrade(portal_role: str) -> None:  # noqa: ARG001
    """Forget what was told to whom."""
    op.execute("DROP FUNCTION portal_api_token(text)")
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION notice_takes_its_position()")
    op.execute("DROP SEQUENCE notice_position")
