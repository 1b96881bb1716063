"""`docker-compose.yml` checked against the code, since no test machine has a container engine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bangfu.services.catalogue import AIRFLOW_COMPONENTS, PORTAL
from bangfu.services.compose_secrets import write_secrets
from bangfu.settings import SECRETS, SETTINGS

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
ENDING = {"migrate"}
DEFAULTS = {
    name: value
    for name, _, value in (
        line.partition("=") for line in (PROJECT / ".env.example").read_text("utf-8").splitlines() if "=" in line
    )
    if not name.startswith("#")
}


def environment(name: str) -> dict[str, str]:
    return dict(SERVICES[name].get("environment") or {})


def test_services_are_those_that_bangfu_up_starts() -> None:
    """`bangfu up` runs PostgreSQL and a directory; here they are a server and an S3 store."""
    assert set(SERVICES) == {*AIRFLOW_COMPONENTS, PORTAL, "postgres", "minio"} | ENDING


@pytest.mark.parametrize("name", AIRFLOW_COMPONENTS)
def test_airflow_components_get_the_same_command(name: str) -> None:
    command = " ".join(SERVICES[name]["command"])
    subcommand, *options = AIRFLOW_COMPONENTS[name]
    assert f"airflow {subcommand}" in command
    assert ("--skip-serve-logs" in command) == ("--skip-serve-logs" in options)


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_of_ours_is_one_the_program_knows(name: str) -> None:
    known = {setting.name for setting in SETTINGS}
    known |= {f"{setting.name}_FILE" for setting in SETTINGS if setting.secret}
    known |= {f"BANGFU_SECRET_{secret.upper().replace('-', '_')}_FILE" for secret in SECRETS}
    assert {key for key in environment(name) if key.startswith("BANGFU_")} <= known


def test_every_interpolated_variable_is_explained_with_the_same_default() -> None:
    used = dict(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", TEXT))
    assert set(re.findall(r"\$\{([A-Z0-9_]+)", TEXT)) == set(used), "every variable has a default"
    assert used == DEFAULTS


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    image = re.sub(r"\$\{[A-Z0-9_]+:-([^}]*)\}", r"\1", SERVICES[name]["image"])
    _, colon, tag = image.rpartition(":")
    assert colon
    assert re.search(r"\d", tag), "a tag that never moves has a version"


def test_base_image_is_pinned_and_packages_come_from_the_hashed_lock() -> None:
    text = (PROJECT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^FROM python:3\.11\.\d+-slim-\w+$", text, re.MULTILINE)
    assert ".ci/bootstrap" in text
    assert "--require-hashes" in (PROJECT / ".ci/bootstrap").read_text("utf-8")
    assert re.search(r"^USER 10001", text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ENDING))
def test_lasting_services_have_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_down(name: str) -> None:
    """A secret is a file; variables that hold one name the file or a command that reads it."""
    confidential = re.compile(r"PASSWORD|SECRET|_KEY|DATABASE_URL|SQL_ALCHEMY_CONN|TOKEN")
    for key, value in environment(name).items():
        if confidential.search(key):
            assert key.endswith(("_FILE", "_CMD", "PASSWORDS_FILE", "JWT_ALGORITHM")), key
            assert "/run/secrets/" in value or value.startswith("/tmp/"), key
    assert not re.search(r"://[^/\s:@]+:[^/\s@]+@", TEXT), "no address with a password"


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_a_service_reads_is_given_to_it(name: str) -> None:
    texts = [*environment(name).values(), " ".join(SERVICES[name].get("command") or [])]
    if name == "postgres":
        texts.append(COMPOSE["configs"]["postgres-roles"]["content"])
    read = set(re.findall(r"/run/secrets/([a-z0-9-]+)", " ".join(map(str, texts))))
    assert read <= set(SERVICES[name].get("secrets") or [])
    assert set(SERVICES[name].get("secrets") or []) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize(("service", "package"), [("portal", "portal"), ("airflow-scheduler", "pipeline")])
def test_every_key_that_the_code_asks_for_outlives_the_container(service: str, package: str) -> None:
    """A key that is not given is made in the container's home, and lost with it."""
    code = "".join(path.read_text("utf-8") for path in (PROJECT / "plugins/bangfu" / package).rglob("*.py"))
    asked = set(re.findall(r'\bsettings\.secret\("([a-z-]+)"\)', code))
    assert asked
    assert {f"BANGFU_SECRET_{name.upper().replace('-', '_')}_FILE" for name in asked} <= set(environment(service))


def test_approvers_get_a_log_in_of_airflow_and_others_keep_theirs(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    before = json.loads((tmp_path / "airflow-passwords").read_text())
    assert write_secrets(tmp_path, ["li.ming"]) == ["airflow-passwords"]
    after = json.loads((tmp_path / "airflow-passwords").read_text())
    assert set(after) == {"admin", "li.ming"}
    assert after["admin"] == before["admin"] != after["li.ming"]
    assert write_secrets(tmp_path, ["li.ming"]) == []


def test_secrets_are_those_the_helper_writes(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    assert set(write_secrets(directory)) == set(COMPOSE["secrets"])
    assert write_secrets(directory) == [], "those that exist are kept"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / ".gitignore").read_text() == "*\n"
    password = (directory / "postgres-portal").read_text()
    assert (directory / "portal-database-url").read_text() == (
        f"postgresql+psycopg://bangfu_portal:{password}@postgres:5432/bangfu"
    )


def test_portal_knows_neither_the_owners_address_nor_the_key_of_the_data() -> None:
    """Row-level security holds the portal only while it cannot log in as somebody else, and what it finds in the object
    store, where it puts uploads, stays sealed to it.
    """
    secrets = set(SERVICES["portal"]["secrets"])
    assert not {"database-url", "postgres-owner", "data-master-key", "candidate-key"} & secrets
    assert not {"BANGFU_DATABASE_URL_FILE", "BANGFU_SECRET_DATA_MASTER_KEY_FILE"} & set(
        SERVICES["portal"]["environment"]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_hardened_and_reached_from_this_host_only(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert name == "postgres" or service["user"] == "10001:10001"
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_database_and_store_are_on_networks_without_a_way_out() -> None:
    assert SERVICES["postgres"]["networks"] == ["data"]
    assert SERVICES["minio"]["networks"] == ["objects"]
    assert COMPOSE["networks"]["data"]["internal"]
    assert COMPOSE["networks"]["objects"]["internal"]
