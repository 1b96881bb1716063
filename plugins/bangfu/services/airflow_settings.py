"""How Airflow is configured on one machine: everything by environment, nothing in a file to edit."""

import hmac
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL

import bangfu
from bangfu.errors import BangfuError
from bangfu.services.ports import HOST
from bangfu.settings import Settings

__all__ = ["ADMINISTRATOR", "airflow_environment", "airflow_password", "project_directory", "write_passwords"]

ADMINISTRATOR = "admin"
"""Name of the administrator of Airflow's user interface on one machine."""

_METADATA = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def project_directory() -> Path:
    """Return the directory that holds `dags/` and `plugins/`.

    Raises:
        BangfuError: The service was installed without them.
    """
    directory = Path(bangfu.__file__).resolve().parents[2]
    if not (directory / "dags").is_dir() or not (directory / "plugins" / "bangfu_plugin.py").is_file():
        raise BangfuError("The folders dags/ and plugins/ are not beside the package: run from a checkout.")
    return directory


def airflow_environment(
    settings: Settings, metadata: URL | None, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of Airflow's components and, through them, of every task.

    Args:
        settings: The installation.
        metadata: Address of Airflow's own database; None when `inherited` gives it.
        inherited: Environment to start from. What it says of Airflow wins over the defaults here,
            except for what the installation itself decides: home, folders, address and port.

    Raises:
        BangfuError: No metadata database is known.
    """
    project = project_directory()
    home = settings.home / "airflow"
    base_url = f"http://{HOST}:{settings.airflow_port}"
    defaults = {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__FERNET_KEY": settings.secret("airflow-fernet-key"),
        "AIRFLOW__API__SECRET_KEY": settings.secret("airflow-api-secret"),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API__INSTANCE_NAME": "帮扶 bangfu",
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secret("airflow-jwt-secret"),
        "AIRFLOW__API_AUTH__JWT_ALGORITHM": "HS256",  # its key is 256 random bits
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        # An edited file is parsed at once whatever this says; the others need no parsing again and again.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": "3",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        # A task that ended with a killed machine is tried again after a minute, not after five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "NUMBA_CACHE_DIR": str(Path(sys.prefix) / "numba-cache"),
    }
    decided = {
        "BANGFU_HOME": str(settings.home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            (f"{ADMINISTRATOR}:admin", *(f"{name}:user" for name in settings.airflow_approvers))
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": base_url,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.home / "logs" / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.home / "logs" / "dag-processor"),
        "PYTHONUNBUFFERED": "1",
        # Tasks talk to this machine's own API server; a proxy for the outside must not get in between.
        "NO_PROXY": _with_local(inherited.get("NO_PROXY") or inherited.get("no_proxy")),
        "no_proxy": _with_local(inherited.get("no_proxy") or inherited.get("NO_PROXY")),
    }
    if metadata is not None:
        address = metadata.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        decided[_METADATA] = decided[f"{_METADATA}_ASYNC"] = address
    elif not inherited.get(_METADATA):
        raise BangfuError(
            f"BANGFU_DATABASE_URL names a server of your own: set {_METADATA} and {_METADATA}_ASYNC as well, "
            "both postgresql+psycopg://user:password@host:port/database, for Airflow's own tables."
        )
    kept = {name: value for name, value in inherited.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**defaults, **kept, **decided}


def airflow_password(settings: Settings, username: str) -> str:
    """Password of an account of Airflow's user interface on one machine; those of approvers follow from the administrator's."""
    secret = settings.secret("airflow-admin")
    if username == ADMINISTRATOR:
        return secret
    return hmac.digest(secret.encode(), f"airflow log-in of {username}".encode(), "sha256").hex()[:24]


def write_passwords(settings: Settings) -> None:
    """Write the log-ins of Airflow's user interface where its simple auth manager reads them, mode 0600."""
    path = settings.home / "airflow" / "passwords.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(
            {name: airflow_password(settings, name) for name in (ADMINISTRATOR, *settings.airflow_approvers)}, file
        )
    temporary.replace(path)


def _with_local(value: str | None) -> str:
    """A NO_PROXY list that contains this machine."""
    hosts = [host.strip() for host in (value or "").split(",") if host.strip()]
    return ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))
