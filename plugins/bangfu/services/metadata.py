"""Airflow's own tables: migrated when they have to be, which is once per version of Airflow."""

import subprocess
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from bangfu.errors import BangfuError
from bangfu.services.catalogue import airflow_command
from bangfu.services.processes import Service, start, stop

__all__ = ["migrate_metadata"]


def migrate_metadata(environment: dict[str, str], home: Path, metadata: URL | None) -> bool:
    """Bring Airflow's tables to the form its installed version wants.

    Takes some ten seconds; skipped when a note in `home/airflow` says that this version did it and the
    database still has the revision of that time.

    Args:
        environment: Environment of Airflow's components.
        home: Installation.
        metadata: Address of Airflow's database; None when only the environment knows it.

    Returns:
        Whether there was something to do.

    Raises:
        BangfuError: The migration failed; the message names the log.
    """
    note = home / "airflow" / "metadata-revision"
    known = note.read_text("utf-8") if note.exists() else ""
    if metadata is not None and known and known == _state(metadata):
        return False
    log = home / "logs" / "airflow-migrate.log"
    running = start(Service("airflow-migrate", airflow_command("db", "migrate"), environment, log), home)
    try:
        code = running.process.wait(timeout=300)
    except subprocess.TimeoutExpired:
        code = -1
    finally:
        stop([running], home, patience=5)
    if code != 0:
        raise BangfuError(f"Airflow's database could not be migrated (`airflow db migrate` gave {code}); see {log}.")
    if metadata is not None:
        note.write_text(_state(metadata), "utf-8")
    return True


def _state(metadata: URL) -> str:
    """Version of Airflow and revision of its tables."""
    engine = create_engine(metadata.set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        revision = "none"
    finally:
        engine.dispose()
    return f"{version('apache-airflow-core')} {revision}\n"
