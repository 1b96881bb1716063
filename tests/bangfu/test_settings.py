"""Settings: defaults, files for secrets, messages that name the variable, secrets made once."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bangfu.errors import BangfuError
from bangfu.settings import SECRETS, SETTINGS, Settings
from schemas.rights import Role


def read(home: Path, **environ: str) -> Settings:
    return Settings.from_environment({"BANGFU_HOME": str(home), **environ})


MAIL = {"BANGFU_SMTP_HOST": "mail.example", "BANGFU_MAIL_FROM": "bangfu@union.example"}


def test_an_installation_needs_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.home == tmp_path / ".bangfu"
    assert settings.object_store == (tmp_path / ".bangfu" / "objects").as_uri()
    assert settings.database_url is None
    assert (settings.portal_port, settings.airflow_port, settings.postgres_port) == (8000, 8080, None)


def test_an_empty_value_counts_as_absent(tmp_path: Path) -> None:
    names = [setting.name for setting in SETTINGS if setting.name != "BANGFU_HOME"]
    assert read(tmp_path, **dict.fromkeys(names, "")) == read(tmp_path)


def test_s3_settings(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        BANGFU_OBJECT_STORE="s3://bangfu/yunnan",
        BANGFU_S3_ENDPOINT="http://minio:9000/",
        BANGFU_S3_ACCESS_KEY="key",
        BANGFU_S3_SECRET_KEY="hidden-secret",
    )
    assert settings.s3 is not None
    assert (settings.s3.endpoint, settings.s3.secure) == ("minio:9000", False)
    assert settings.s3.secret_key == "hidden-secret"


def test_every_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """Container platforms mount secrets as files; the declaration says which settings are secret."""
    for setting in SETTINGS:
        if setting.secret:
            file = tmp_path / setting.name
            lines = setting.name == "BANGFU_WORKBOOK_PASSWORDS"
            file.write_text(f"civil_affairs=value of {setting.name}\n" if lines else f"value of {setting.name}\n")
            others = MAIL | {f"BANGFU_OIDC_{name}": "x" for name in ("ISSUER", "CLIENT_ID", "REDIRECT_URI")}
            settings = read(tmp_path, BANGFU_S3_ENDPOINT="minio:9000", **others, **{f"{setting.name}_FILE": str(file)})
            assert settings.s3 is not None
            assert settings.oidc is not None
            assert settings.notices.smtp is not None
            values = (
                settings.notices.smtp.password,
                settings.database_url,
                settings.portal_database_url,
                settings.s3.access_key,
                settings.s3.secret_key,
                settings.oidc.client_secret,
                *settings.workbook_passwords.get("civil_affairs", ()),
            )
            assert f"value of {setting.name}" in values


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        BANGFU_DATABASE_URL="postgresql://u:hidden@h/d",
        BANGFU_PORTAL_DATABASE_URL="postgresql://u:hidden@h/d",
        BANGFU_S3_ENDPOINT="minio:9000",
        BANGFU_S3_ACCESS_KEY="hidden",
        BANGFU_S3_SECRET_KEY="hidden",
        BANGFU_SECRET_SESSION_KEY="hidden",
    )
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BANGFU_PORTAL_PORT", "http"),
        ("BANGFU_PORTAL_PORT", "0"),
        ("BANGFU_AIRFLOW_PORT", "65536"),
        ("BANGFU_POSTGRES_PORT", "-1"),
        ("BANGFU_DATABASE_URL_FILE", "/nowhere"),
        ("BANGFU_S3_SECURE", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BangfuError, match=name):
        read(tmp_path, BANGFU_S3_ENDPOINT="minio:9000", **{name: value})


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="keep one"):
        read(tmp_path, BANGFU_DATABASE_URL="postgresql://h/d", BANGFU_DATABASE_URL_FILE="/file")


def test_a_generated_secret_stays_and_is_private(tmp_path: Path) -> None:
    settings = read(tmp_path)
    secret = settings.secret("session-key")
    file = tmp_path / "secrets" / "session-key"
    assert len(base64.urlsafe_b64decode(secret)) == 32
    assert read(tmp_path).secret("session-key") == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert settings.secret("candidate-key") != secret


def test_processes_that_race_for_a_secret_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: read(tmp_path).secret("candidate-key"), range(32)))
    assert len(found) == 1
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["candidate-key"]


def test_a_given_secret_wins(tmp_path: Path) -> None:
    assert read(tmp_path, BANGFU_SECRET_CANDIDATE_KEY="given").secret("candidate-key") == "given"
    assert not (tmp_path / "secrets").exists()


def test_only_declared_secrets_exist(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        read(tmp_path).secret("another")
    assert all(meaning.endswith(".") for meaning in SECRETS.values())


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BangfuError, match="BANGFU_HOME"):
        read(tmp_path / "file").secret("session-key")


def test_the_memory_of_a_linkage(tmp_path: Path) -> None:
    assert read(tmp_path).link_memory is None
    assert read(tmp_path, BANGFU_LINK_MEMORY="8GB").link_memory == 8_000_000_000
    with pytest.raises(BangfuError, match="BANGFU_LINK_MEMORY is 'all'"):
        read(tmp_path, BANGFU_LINK_MEMORY="all")


def test_the_visiting_capacity_of_counties(tmp_path: Path) -> None:
    assert read(tmp_path).county_visits is None
    assert read(tmp_path, BANGFU_COUNTY_VISITS="/data/visits.csv").county_visits == Path("/data/visits.csv")


def test_whose_log_in_needs_a_second_factor() -> None:
    def roles(value: str) -> frozenset[Role]:
        return Settings.from_environment({"BANGFU_SECOND_FACTOR": value}).second_factor

    assert roles("") == roles("all") == frozenset(Role), "nothing said means everybody"
    assert roles("off") == frozenset()
    assert roles("auditor, Province_Officer") == {Role.AUDITOR, Role.PROVINCE_OFFICER}
    with pytest.raises(BangfuError, match="BANGFU_SECOND_FACTOR names 'king'"):
        roles("auditor,king")


def test_mail_server(tmp_path: Path) -> None:
    notices = read(tmp_path, **MAIL, BANGFU_SMTP_SECURITY="tls", BANGFU_SMTP_USER="bangfu").notices
    assert notices.smtp is not None
    assert (notices.smtp.port, notices.smtp.security, notices.smtp.user) == (465, "tls", "bangfu")
    assert read(tmp_path).notices.smtp is None


def test_notices_link_to_the_portal_and_go_to_allowed_domains(tmp_path: Path) -> None:
    given = {
        "BANGFU_PORTAL_URL": "https://portal.example/bangfu/",
        "BANGFU_NOTICE_DOMAINS": "Union.example, @gov.example,",
    }
    notices = read(tmp_path, **given).notices
    assert notices.portal_url == "https://portal.example/bangfu"
    assert notices.domains == ("union.example", "gov.example")
    assert not notices.private
    assert read(tmp_path, BANGFU_PORTAL_PORT="8100").notices.portal_url == "http://127.0.0.1:8100"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"BANGFU_SMTP_HOST": "mail.example"}, "BANGFU_MAIL_FROM"),
        ({**MAIL, "BANGFU_MAIL_FROM": "帮扶 <bangfu@union.example>"}, "BANGFU_MAIL_FROM"),
        ({**MAIL, "BANGFU_SMTP_SECURITY": "none", "BANGFU_SMTP_USER": "x"}, "in clear"),
        ({"BANGFU_PORTAL_URL": "portal.example"}, "BANGFU_PORTAL_URL"),
        ({"BANGFU_PORTAL_URL": "https://officer:word@portal.example"}, "BANGFU_PORTAL_URL"),
    ],
)
def test_mail_settings_that_cannot_be_used(tmp_path: Path, given: dict[str, str], message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        read(tmp_path, **given)
