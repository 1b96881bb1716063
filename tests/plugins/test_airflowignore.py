"""Airflow must load one file of `plugins/`, and only that."""

from pathlib import Path

import pytest
from airflow._shared.module_loading.file_discovery import find_path_from_directory

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")
def test_airflow_executes_the_plugin_and_nothing_of_the_package() -> None:
    """Airflow executes every .py it finds under `plugins/` and puts it into `sys.modules` under its bare stem.

    So `bangfu/http.py` would replace the standard library's `http` in every Airflow process, and every module
    of the service would be executed twice. `.airflowignore` is what prevents it.
    """
    found = find_path_from_directory(str(PLUGINS), ".airflowignore", "glob")
    assert [Path(path).name for path in found if path.endswith(".py")] == ["bangfu_plugin.py"]
