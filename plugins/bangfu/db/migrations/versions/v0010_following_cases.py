"""Cases that follow others, appeals lodged in the portal, and notices that end at an hour.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ENDED = sa.text("ended_at IS NOT NULL AND followed_at IS NULL")
_OPEN_APPEAL = sa.text("ended_at IS NULL AND flow = 'appeal'")

_SECURITY = """
-- The portal opens one kind of case: an appeal, as a copy of what the case it is about tells of the person. Nothing of it can
-- be written otherwise, and only at the desk where that case is.
CREATE FUNCTION portal_open_appeal(new_case text, original text, at timestamptz, due timestamptz, soon timestamptz)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH made AS (
        INSERT INTO public.review_case (case_id, flow, subject, county_code, owner_union, state, version, urgent, opened_at,
            changed_at, due_at, soon_at, seen_at, about, list_version, union_name, name, sex, birth_year, ethnic_group,
            id_number, phone, address, employer, files, reasons, evidence, match, strength, match_probability)
        SELECT new_case, 'appeal', subject, county_code, owner_union, 'lodged', 1, false, at, at, due, soon, NULL, case_id,
            list_version, union_name, name, sex, birth_year, ethnic_group, id_number, phone, address, employer, files, reasons,
            evidence, match, strength, match_probability
        FROM public.review_case
        WHERE case_id = original AND flow <> 'appeal' AND public.portal_role() IN ('county_officer', 'approver')
            AND (length(public.portal_area()) = 6 OR public.portal_union() <> '*')
            AND public.portal_may_see(county_code, owner_union, public.portal_person_area(), public.portal_union())
        RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$;
REVOKE ALL ON FUNCTION portal_open_appeal(text, text, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_open_appeal(text, text, timestamptz, timestamptz, timestamptz) TO {portal};
"""

_KINDS = "kind IN ('list', 'retraction', 'reminder', 'escalation'{})"


def upgrade(portal_role: str) -> None:
    """Add what ties cases together, and the hour of a notice."""
    op.add_column("review_case", sa.Column("follows", sa.Text(), nullable=True))
    op.add_column("review_case", sa.Column("about", sa.Text(), nullable=True))
    op.add_column("review_case", sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("follows", "about"):
        op.create_foreign_key(
            op.f(f"fk_review_case_{name}_review_case"),
            "review_case",
            "review_case",
            [name],
            ["case_id"],
            ondelete="SET NULL",
        )
    op.create_index("uq_review_case_follows", "review_case", ["follows"], unique=True)
    op.create_index("uq_review_case_appeal", "review_case", ["about"], unique=True, postgresql_where=_OPEN_APPEAL)
    op.create_index(op.f("ix_review_case_about"), "review_case", ["about"])
    op.create_index("ix_review_case_to_follow", "review_case", ["flow", "state"], postgresql_where=_ENDED)
    op.add_column("notice", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_notice_kind_known"), "notice")
    op.create_check_constraint(op.f("ck_notice_kind_known"), "notice", _KINDS.format(", 'urgent'"))
    op.execute(_SECURITY.format(portal=portal_role))


def downgrade(portal_role: str) -> None:  # noqa: ARG001  (every migration is called alike)
    """Forget what ties cases together; to the version before, a notice of urgent clues is one of its list."""
    op.execute("DROP FUNCTION portal_open_appeal(text, text, timestamptz, timestamptz, timestamptz)")
    op.execute("ALTER TABLE notice DISABLE TRIGGER notice_entries_stay")
    op.execute("UPDATE notice SET kind = 'list', step = 'urgent' WHERE kind = 'urgent'")
    op.execute("ALTER TABLE notice ENABLE TRIGGER notice_entries_stay")
    op.drop_constraint(op.f("ck_notice_kind_known"), "notice")
    op.create_check_constraint(op.f("ck_notice_kind_known"), "notice", _KINDS.format(""))
    op.drop_column("notice", "due_at")
    for name in ("followed_at", "about", "follows"):
        op.drop_column("review_case", name)
