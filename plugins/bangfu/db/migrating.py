"""Bringing the database to the newest form of the tables.

The migrations are package data under `migrations/versions`; Alembic runs them inside one transaction
and under a lock, so that several processes may start at the same time.
"""

import re
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from bangfu.db import (  # noqa: F401  (their tables belong to the metadata)
    approval_models,
    case_models,
    household_models,
    intake_models,
    list_entries,
    policies,
    sampling_models,
    trust_models,
    visit_decisions,
    workbook_models,
)
from bangfu.db.connection import PORTAL_ROLE
from bangfu.db.models import Base
from bangfu.db.outbox import models as outbox_models  # noqa: F401
from bangfu.errors import BangfuError

__all__ = ["check_current", "current_revision", "migrate", "newest_revision"]

_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LOCK = 0x62616E676675  # "bangfu": one migration at a time in a database


def migrate(engine: Engine, *, portal_role: str = PORTAL_ROLE) -> str:
    """Bring the tables to the newest revision.

    Args:
        engine: Of the owner role.
        portal_role: Role that gets the portal's rights; it must exist. It is the user name of
            BANGFU_PORTAL_DATABASE_URL.

    Returns:
        The revision.

    Raises:
        BangfuError: The portal role does not exist, is the owner or would bypass row-level security;
            or the database was made by a newer version of this program.
    """
    script = _scripts()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _check_portal_role(connection, portal_role)
        _check_known(script, _revision(connection))
        context = MigrationContext.configure(
            connection,
            opts={
                "fn": lambda revision, _: script._upgrade_revs("head", revision),
                "target_metadata": Base.metadata,
            },
        )
        with Operations.context(context):
            context.run_migrations(portal_role=portal_role)
        return _revision(connection) or ""


def newest_revision() -> str:
    """Return the revision this version of the program works with."""
    return _scripts().get_current_head() or ""


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database; None when it is empty."""
    with engine.connect() as connection:
        return _revision(connection)


def check_current(engine: Engine) -> None:
    """Raise BangfuError unless the database has the newest revision."""
    found, wanted = current_revision(engine), newest_revision()
    if found != wanted:
        raise BangfuError(f"The database has revision {found or 'none'}, this version needs {wanted}: run `bangfu up`.")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _check_known(script: ScriptDirectory, revision: str | None) -> None:
    known = {item.revision for item in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise BangfuError(f"The database has revision {revision}, made by a newer version: update this program.")


def _check_portal_role(connection: Connection, role: str) -> None:
    if not _ROLE.fullmatch(role):
        raise BangfuError("The user name of BANGFU_PORTAL_DATABASE_URL must be lower-case letters, digits and _.")
    found = connection.execute(
        text(
            "SELECT rolsuper OR rolbypassrls AS unbound, pg_has_role(rolname, current_user, 'MEMBER') AS owner "
            "FROM pg_roles WHERE rolname = :role"
        ),
        {"role": role},
    ).one_or_none()
    if found is None:
        raise BangfuError(f"The database role {role} does not exist: CREATE ROLE {role} LOGIN PASSWORD '...';")
    if found.unbound or found.owner:
        raise BangfuError(f"The role {role} would not be held by row-level security: give the portal its own role.")
