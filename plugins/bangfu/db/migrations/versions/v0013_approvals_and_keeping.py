"""Approvals by a second person before a list is published and before many persons are exported; what ends with its time.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_APPROVALS = """
-- Who asks sees the own questions, who may answer those of the area and union, the auditor all of the area.
ALTER TABLE approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval FORCE ROW LEVEL SECURITY;
CREATE POLICY approval_owner ON approval TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY approval_seen ON approval FOR SELECT TO {portal} USING (
    asked_by = portal_user()
    OR (portal_role() = 'approver'
        AND portal_may_see(area_code, union_name, (SELECT portal_area()), (SELECT portal_union())))
    OR (portal_role() = 'auditor' AND portal_keeps(area_code))
);
CREATE POLICY approval_asked ON approval FOR INSERT TO {portal} WITH CHECK (
    kind = 'export' AND asked_by = portal_user() AND area_code = portal_area()
    AND portal_role() IN ('county_officer', 'prefecture_officer', 'province_officer')
    AND coalesce(union_name, '*') = portal_union()
);
CREATE POLICY approval_used ON approval FOR UPDATE TO {portal} USING (asked_by = portal_user() AND kind = 'export');
GRANT SELECT, INSERT (kind, subject, rows, area_code, union_name, asked_by, purpose, recipient), UPDATE (used_at, used_as)
    ON approval TO {portal};

-- A question stays as it was asked; it is answered once, and what was approved is used once and in time.
CREATE FUNCTION approval_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['decided_by', 'decided_at', 'approved', 'reason', 'way', 'usable_until'];
    use text[] := ARRAY['used_at', 'used_as'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.asked_at < now() - interval '3 years' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.decided_at IS NULL AND NEW.used_at IS NULL AND to_jsonb(NEW) - answer = to_jsonb(OLD) - answer THEN
        RETURN NEW;
    ELSIF OLD.approved AND OLD.used_at IS NULL AND to_jsonb(NEW) - use = to_jsonb(OLD) - use
        AND coalesce(OLD.usable_until > clock_timestamp(), true) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approval cannot be changed';
END $$;
CREATE TRIGGER approval_fixed BEFORE UPDATE OR DELETE ON approval FOR EACH ROW EXECUTE FUNCTION approval_is_fixed();
CREATE TRIGGER approval_stays BEFORE TRUNCATE ON approval FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- Answers a question; NULL where none is open, or the list it is about is no more.
CREATE FUNCTION decide_approval(asked bigint, approve boolean, decider text, because text, by_way text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found public.approval;
BEGIN
    SELECT * INTO found FROM public.approval WHERE approval_id = asked FOR UPDATE;
    IF found.approval_id IS NULL OR found.decided_at IS NOT NULL OR found.expires_at <= clock_timestamp()
        OR (found.kind = 'publication' AND NOT EXISTS (
            SELECT FROM public.candidate_list WHERE run_id = found.subject AND list_version IS NULL)) THEN
        RETURN NULL;
    END IF;
    IF decider = found.asked_by OR NOT EXISTS (
        SELECT FROM public.app_user AS u WHERE u.username = decider AND u.active AND u.role = 'approver'
            AND public.portal_may_see(found.area_code, found.union_name, u.area_code, coalesce(u.union_name, '*'))) THEN
        RAISE EXCEPTION 'an approver of the area answers, who has not asked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.approval SET decided_by = decider, decided_at = clock_timestamp(), approved = approve,
        reason = nullif(btrim(because), ''), way = by_way,
        usable_until = CASE WHEN approve AND found.kind = 'export' THEN clock_timestamp() + interval '1 day' END
        WHERE approval_id = asked;
    RETURN found.kind;
END $$;
CREATE FUNCTION portal_decide_approval(asked bigint, approve boolean, because text) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.decide_approval(asked, approve, public.portal_user(), because, 'portal')
    WHERE public.portal_role() = 'approver'
$$;

-- Whom an account has taken out since a day ago, and whether a second person had approved of it. Exports of one account
-- are counted one after the other: two at a time could each stay below the number.
CREATE FUNCTION portal_taken_persons() RETURNS TABLE (person text, approved boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('bangfu/export/' || public.portal_user(), 0));
    RETURN QUERY SELECT shown.person, bool_or(e.approved_by IS NOT NULL)
    FROM public.access_log AS l
    JOIN public.export_record AS e ON e.export_id = l.subject AND e.username = l.username
    CROSS JOIN LATERAL unnest(l.shown) AS shown (person)
    WHERE l.username = public.portal_user() AND l.at > clock_timestamp() - interval '1 day'
    GROUP BY shown.person;
END $$;
REVOKE ALL ON FUNCTION decide_approval(bigint, boolean, text, text, text),
    portal_decide_approval(bigint, boolean, text), portal_taken_persons() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_decide_approval(bigint, boolean, text), portal_taken_persons() TO {portal};
"""

_KEEPING = """
-- Where a part of the access log was removed: the chain goes on from here. Read by the auditor, written by the owner.
ALTER TABLE audit_anchor ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_anchor FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_anchor_owner ON audit_anchor TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY audit_anchor_portal ON audit_anchor FOR SELECT TO {portal} USING (portal_role() = 'auditor');
GRANT SELECT ON audit_anchor TO {portal};
CREATE TRIGGER audit_anchor_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- What was told, tried and acknowledged is a matter of record for a year.
CREATE FUNCTION entries_stay_a_year() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz < now() - interval '1 year' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'entries of % are only ever added, and kept for a year', TG_TABLE_NAME;
END $$;
"""

_NOTICES = (("notice", "created_at"), ("notice_attempt", "at"), ("notice_acknowledgement", "at"))


def upgrade(portal_role: str) -> None:
    """Make the tables, say who sees and answers what, and let records go once their time is over."""
    op.create_table(
        "approval",
        sa.Column("approval_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("union_name", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp() + interval '7 days'"),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("recipient", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("figures", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("usable_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_as", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('publication', 'export')", name=op.f("ck_approval_kind_known")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_approval_two_persons")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (approved IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_approval_decided"),
        ),
        sa.CheckConstraint("approved OR reason IS NOT NULL", name=op.f("ck_approval_rejected_for_a_reason")),
        sa.CheckConstraint("used_at IS NULL OR (approved AND used_as IS NOT NULL)", name=op.f("ck_approval_used")),
        sa.CheckConstraint(
            "CASE kind WHEN 'publication' THEN digest IS NOT NULL ELSE asked_by IS NOT NULL AND purpose <> '' END",
            name=op.f("ck_approval_stated"),
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["app_user.username"], name=op.f("fk_approval_asked_by_app_user")),
        sa.ForeignKeyConstraint(["decided_by"], ["app_user.username"], name=op.f("fk_approval_decided_by_app_user")),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_kind_subject"), "approval", ["kind", "subject"])
    op.create_index(op.f("ix_approval_asked_by_asked_at"), "approval", ["asked_by", "asked_at"])
    op.create_table(
        "audit_anchor",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_anchor")),
    )
    op.add_column("review_case", sa.Column("reduced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_review_case_to_reduce",
        "review_case",
        ["ended_at"],
        postgresql_where=sa.text("collected_at IS NOT NULL AND reduced_at IS NULL"),
    )
    op.execute(sa.text(f"{_APPROVALS}{_KEEPING}".replace("{portal}", portal_role).replace(":", "\\:")))
    for table, column in _NOTICES:
        op.execute(f"DROP TRIGGER {table}_entries_stay ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_entries_stay BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION entries_stay_a_year('{column}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION entries_stay()"
        )


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget approvals and where the log was shortened."""
    for table, _ in _NOTICES:
        op.execute(f"DROP TRIGGER {table}_entries_stay ON {table}")
        op.execute(f"DROP TRIGGER {table}_stays ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION entries_stay()"
        )
    op.execute("DROP FUNCTION entries_stay_a_year()")
    op.drop_index("ix_review_case_to_reduce", "review_case")
    op.drop_column("review_case", "reduced_at")
    op.drop_table("audit_anchor")
    op.execute("DROP FUNCTION portal_taken_persons(), portal_decide_approval(bigint, boolean, text)")
    op.execute("DROP FUNCTION decide_approval(bigint, boolean, text, text, text)")
    op.drop_table("approval")
    op.execute("DROP FUNCTION approval_is_fixed()")
