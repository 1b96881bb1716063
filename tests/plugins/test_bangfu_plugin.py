"""What the plugin adds to Airflow: one protected application, one page in the menu, one way to the portal."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

# Airflow's own imports warn about themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using .httpx. with"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

PLUGIN = Path(__file__).parents[2] / "plugins" / "bangfu_plugin.py"


@pytest.fixture
def plugin(home: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The plugin's file, executed as Airflow executes it."""
    monkeypatch.setenv("BANGFU_PORTAL_PORT", "8123")
    spec = importlib.util.spec_from_file_location("bangfu_plugin", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_portal_is_a_link_of_its_own_not_a_frame(plugin: ModuleType) -> None:
    """The portal refuses to be framed; a view with a url_route would be shown in a frame."""
    (portal,) = [view for view in plugin.BangfuPlugin.external_views if "Portal" in view["name"]]
    assert portal["href"] == "http://127.0.0.1:8123/"
    assert "url_route" not in portal


def test_operator_page_is_mounted_where_the_menu_points(plugin: ModuleType) -> None:
    (app,) = plugin.BangfuPlugin.fastapi_apps
    (page,) = [view for view in plugin.BangfuPlugin.external_views if view.get("url_route")]
    assert page["href"] == app["url_prefix"] + "/"
