"""What Airflow loads from this folder: a link to the portal and a page for operators.

The only file here that Airflow executes; `.airflowignore` keeps it away from the package `bangfu`.
"""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from bangfu.airflow.operator_page import operator_app
from bangfu.services.ports import HOST
from bangfu.settings import Settings

__all__ = ["BangfuPlugin"]


def _portal_address() -> str:
    return f"http://{HOST}:{Settings.from_environment().portal_port}/"


class BangfuPlugin(AirflowPlugin):
    """The extension of Airflow's user interface."""

    name = "bangfu"
    fastapi_apps: ClassVar[list[Any]] = [{"app": operator_app(), "url_prefix": "/bangfu", "name": "bangfu"}]
    external_views: ClassVar[list[Any]] = [
        {"name": "帮扶运行概况", "href": "/bangfu/", "destination": "nav", "url_route": "bangfu"},
        # No url_route: opened as a page of its own. The portal refuses to be framed.
        {"name": "核查门户 Portal", "href": _portal_address(), "destination": "nav"},
    ]
