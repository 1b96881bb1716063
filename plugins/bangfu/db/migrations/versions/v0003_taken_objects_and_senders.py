"""Objects of the drop area that were decided about and are still to be deleted; departments with a credit code.

An attempt of the version before that ended while it was clearing the drop area is not remembered: what it has left there
is looked at again, as a delivery that came once more.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_DIVISION = "area_code ~ '^[0-9]{2}([0-9]{2}){0,2}$'"
_DIVISION_OR_CREDIT_CODE = f"{_DIVISION} OR (role = 'department' AND area_code ~ '^[0-9A-HJ-NPQRTUWXY]{{18}}$')"


def upgrade(portal_role: str) -> None:  # noqa: ARG001
    """Make the table, and let a department have a credit code."""
    op.create_table(
        "taken_object",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.delivery_id"],
            name=op.f("fk_taken_object_delivery_id_delivery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_taken_object")),
    )
    op.create_index(op.f("ix_taken_object_delivery_id"), "taken_object", ["delivery_id"], unique=False)
    op.drop_constraint("ck_app_user_area_code_form", "app_user")
    op.create_check_constraint(op.f("ck_app_user_area_code_form"), "app_user", _DIVISION_OR_CREDIT_CODE)


def downgrade(portal_role: str) -> None:  # noqa: ARG001
    """Forget what is still to be deleted, and the accounts of departments with a credit code."""
    op.drop_table("taken_object")
    op.execute(
        "DELETE FROM portal_session USING app_user "
        "WHERE portal_session.username = app_user.username AND length(area_code) = 18"
    )
    op.execute("DELETE FROM app_user WHERE length(area_code) = 18")
    op.drop_constraint("ck_app_user_area_code_form", "app_user")
    op.create_check_constraint(op.f("ck_app_user_area_code_form"), "app_user", _DIVISION)
