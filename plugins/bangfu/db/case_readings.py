"""What an account has read of a case (阅案), so that a page can say what is new since."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bangfu.db.cases import HOLD

__all__ = ["Reading", "read_again"]


@dataclass(frozen=True)
class Reading:
    """What an account knew of a case before this sitting.

    Attributes:
        version: Number of the last event it saw.
        at: When.
    """

    version: int
    at: datetime


_READ = text(
    "INSERT INTO case_reading AS known (username, case_id, version, read_at, former_version, former_at) "
    "VALUES (portal_user(), :case_id, :version, :now, :version, :now) "
    "ON CONFLICT (username, case_id) DO UPDATE SET version = excluded.version, read_at = excluded.read_at, "
    "former_version = CASE WHEN excluded.read_at - known.read_at > :sitting THEN known.version ELSE known.former_version END, "
    "former_at = CASE WHEN excluded.read_at - known.read_at > :sitting THEN known.read_at ELSE known.former_at END "
    "RETURNING former_version, former_at"
)


def read_again(connection: Connection, case_id: str, version: int, now: datetime) -> Reading:
    """Note that the account in scope reads a case, and tell what it knew before.

    Looks that follow each other within `HOLD` are one sitting: what is new stays so until the reader has been away, and a
    page that is loaded again still says it. At the first sitting only what happens during it is new.

    Args:
        connection: Portal connection in the scope of the account.
        case_id: A case it may see.
        version: Number of its last event.
        now: Now.
    """
    values = {"case_id": case_id, "version": version, "now": now, "sitting": HOLD}
    row = connection.execute(_READ, values).one()
    return Reading(row.former_version, row.former_at)
