"""Which services one installation runs; `docker-compose.yml` runs the same ones in containers."""

import sys
from pathlib import Path

from sqlalchemy.engine import URL

from bangfu.services.airflow_settings import airflow_environment
from bangfu.services.ports import HOST
from bangfu.services.processes import Service
from bangfu.settings import Settings

__all__ = ["AIRFLOW_COMPONENTS", "PORTAL", "services"]

AIRFLOW_COMPONENTS = {
    "airflow-api-server": ("api-server", "--host", HOST),
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
    "airflow-dag-processor": ("dag-processor",),
    "airflow-triggerer": ("triggerer", "--skip-serve-logs"),
}
"""Airflow's components with their commands. They are started one by one, not by `airflow standalone`: that
leaves orphans, and cannot be told to open no log server on every interface."""

PORTAL = "portal"
"""The officers' portal."""


def services(settings: Settings, metadata: URL | None) -> tuple[Service, ...]:
    """Return the services to start, in order.

    Args:
        settings: The installation.
        metadata: Address of Airflow's own database; None when the environment gives it.
    """
    environment = airflow_environment(settings, metadata)
    logs = settings.home / "logs"
    airflow = [
        Service(name, airflow_command(*arguments), environment, logs / f"{name}.log")
        for name, arguments in AIRFLOW_COMPONENTS.items()
    ]
    portal_arguments = ("serve", "--host", HOST, "--port", str(settings.portal_port))
    portal = Service(PORTAL, bangfu_command(*portal_arguments), environment, logs / f"{PORTAL}.log")
    return (portal, *airflow)


def airflow_command(*arguments: str) -> tuple[str, ...]:
    """Return a command line of Airflow in this Python."""
    return (sys.executable, "-m", "airflow", *arguments)


def bangfu_command(*arguments: str) -> tuple[str, ...]:
    """Return a command line of ours in this Python."""
    script = Path(sys.executable).with_name("bangfu")
    return (str(script), *arguments)
