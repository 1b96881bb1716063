"""`bangfu up`: the services of one installation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bangfu.cli.output import say

if TYPE_CHECKING:
    from bangfu.services.supervisor import RunningInstallation

__all__ = ["access_lines", "up"]


def up() -> None:
    """Start PostgreSQL, Airflow and the officers' portal, and keep them running until Ctrl-C.

    Everything listens on 127.0.0.1. BANGFU_AIRFLOW_PORT and BANGFU_PORTAL_PORT change the ports.

    Example:
      bangfu up
      BANGFU_HOME=/srv/bangfu BANGFU_PORTAL_PORT=8100 bangfu up
    """
    from bangfu.services.supervisor import exclusive, running_installation
    from bangfu.settings import Settings

    settings = Settings.from_environment()
    with exclusive(settings), running_installation(settings, say) as installation:
        for line in ("", *access_lines(installation), "", "Ctrl-C stops everything."):
            say(line)
        installation.serve()


def access_lines(installation: "RunningInstallation", officers: Sequence[str] = ()) -> list[str]:
    """Where everything is and how to log in, for the person at the terminal.

    Args:
        installation: What runs.
        officers: A line for each log-in at the portal; without any, the line says how to make one.
    """
    from bangfu.services.airflow_settings import ADMINISTRATOR, airflow_password

    settings = installation.settings
    accounts = officers or ("no account is shown; make one with `bangfu user create`, see its --help",)
    return [
        f"Logs            {settings.home / 'logs'}",
        f"Airflow         {installation.airflow_url}   {ADMINISTRATOR} / {settings.secret('airflow-admin')}",
        *(
            " " * (19 + len(installation.airflow_url))
            + f"{name} / {airflow_password(settings, name)}   答复发布审批 approvals"
            for name in settings.airflow_approvers
        ),
        f"Portal 核查门户 {installation.portal_url}   {accounts[0]}",
        *(" " * (19 + len(installation.portal_url)) + account for account in accounts[1:]),
    ]
