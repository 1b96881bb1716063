"""How Airflow is configured: local, small, and with the installation's own secrets."""

import json
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bangfu.errors import BangfuError
from bangfu.services.airflow_settings import airflow_environment, write_passwords
from bangfu.settings import Settings

METADATA = make_url("postgresql+psycopg://airflow:secret@127.0.0.1:5555/airflow")


def test_base_url_follows_the_port(settings: Settings) -> None:
    """Airflow derives the address its tasks report to from the base URL: the port alone breaks every task."""
    settings = Settings.from_environment({"BANGFU_HOME": str(settings.home), "BANGFU_AIRFLOW_PORT": "8181"})
    environment = airflow_environment(settings, METADATA, {})
    assert environment["AIRFLOW__API__PORT"] == "8181"
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8181"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8181/execution/"


def test_everything_listens_on_this_machine_only(settings: Settings) -> None:
    environment = airflow_environment(settings, METADATA, {"AIRFLOW__API__HOST": "0.0.0.0"})
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_both_metadata_addresses_use_the_driver_that_is_installed(settings: Settings) -> None:
    """The default of the asynchronous one wants asyncpg, and every component dies."""
    environment = airflow_environment(settings, METADATA, {})
    wanted = "postgresql+psycopg://airflow:secret@127.0.0.1:5555/airflow"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == wanted
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == wanted


def test_own_database_server_needs_a_metadata_address(settings: Settings) -> None:
    with pytest.raises(BangfuError, match="AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
        airflow_environment(settings, None, {})


def test_keys_are_the_installations_own_and_stay_the_same(settings: Settings) -> None:
    names = ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET")
    first, second = (airflow_environment(settings, METADATA, {}) for _ in range(2))
    assert [first[name] for name in names] == [second[name] for name in names]
    assert len({first[name] for name in names}) == len(names)


def test_operator_may_tune_what_the_installation_does_not_decide(settings: Settings) -> None:
    tuned = {"AIRFLOW__CORE__PARALLELISM": "16", "AIRFLOW__CORE__DAGS_FOLDER": "/elsewhere"}
    environment = airflow_environment(settings, METADATA, tuned)
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "16"
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"].endswith("/dags")


def test_proxy_never_gets_between_tasks_and_the_api_server(settings: Settings) -> None:
    environment = airflow_environment(settings, METADATA, {"NO_PROXY": "intranet"})
    assert environment["no_proxy"].split(",") == ["intranet", "127.0.0.1", "localhost"]


def test_byte_code_may_be_written(settings: Settings) -> None:
    """Without it every Airflow process compiles itself again, and the start takes a minute."""
    assert "PYTHONDONTWRITEBYTECODE" not in airflow_environment(settings, METADATA, {"PYTHONDONTWRITEBYTECODE": "1"})


def test_log_in_of_airflow_is_generated_and_closed_to_others(settings: Settings) -> None:
    write_passwords(settings)
    path: Path = settings.home / "airflow" / "passwords.json"
    assert json.loads(path.read_text()) == {"admin": settings.secret("airflow-admin")}
    assert path.stat().st_mode & 0o777 == 0o600
