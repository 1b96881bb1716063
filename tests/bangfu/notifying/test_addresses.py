"""Where notices may go: mail addresses, URLs of webhooks, and nothing inside a private network."""

import pytest

from bangfu.errors import Refused
from bangfu.notice_settings import NoticeSettings
from bangfu.notifying.addresses import check_email, check_webhook, public_addresses, server_of

ANY = NoticeSettings()
ONLY = NoticeSettings(domains=("union.example",))
HOME = NoticeSettings(private=True)


def code(work, *arguments, **options) -> str:
    with pytest.raises(Refused) as refused:
        work(*arguments, **options)
    return refused.value.code


@pytest.mark.parametrize("address", ["bangfu@union.example", "a.b+c@wuhua.union.example"])
def test_mail_addresses(address: str) -> None:
    check_email(address, ANY)
    check_email(address, ONLY)


@pytest.mark.parametrize(
    "address",
    ["", "union.example", "a@b", "a..b@union.example", "a b@union.example", "a@union.example\nBcc: x@evil.example",
     "<a@union.example>", "a@union.example,b@union.example", "岩@union.example"],
)  # fmt: skip
def test_what_is_no_mail_address(address: str) -> None:
    assert code(check_email, address, ANY) == "no_mail_address"


@pytest.mark.parametrize("address", ["a@evil.example", "a@notunion.example", "a@union.example.evil.example"])
def test_other_domains(address: str) -> None:
    assert code(check_email, address, ONLY) == "domain_not_allowed"


PRIVATE = [
    "https://127.0.0.1/hook", "https://10.1.2.3/", "https://192.168.0.1/", "https://172.16.9.9/", "https://169.254.169.254/",
    "https://100.64.0.1/", "https://0.0.0.0/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/",
    "https://[fe80::1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://224.0.0.1/", "https://2130706433/",
    "https://0x7f.1/", "https://localhost/",
]  # fmt: skip
"""Also as IPv4 inside IPv6, as one number, and in the shorter forms that the system resolver takes."""


@pytest.mark.parametrize("url", PRIVATE)
def test_webhooks_do_not_lead_into_private_networks(url: str) -> None:
    assert code(check_webhook, url, ANY) in {"private_address", "no_webhook_address", "host_unknown"}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:8443/hook", "http://127.0.0.1:8123/hook", "http://localhost:1/", "https://10.1.2.3/"]
)
def test_unless_that_is_allowed(url: str) -> None:
    check_webhook(url, HOME)


def test_only_this_machine_is_reached_without_tls() -> None:
    assert code(check_webhook, "http://10.1.2.3/", HOME) == "webhook_without_tls"
    assert code(check_webhook, "http://127.0.0.1/", ANY) == "webhook_without_tls"
    assert code(check_webhook, "ftp://8.8.8.8/", ANY) == "webhook_without_tls"


@pytest.mark.parametrize(
    "url", ["", "https://", "https://user:word@8.8.8.8/", "https://8.8.8.8/a b", "https://8.8.8.8/#x", "https://8.8.8.8:99999/",
            "https://[::1", "https://8.8.8.8/\n"]
)  # fmt: skip
def test_what_is_no_webhook(url: str) -> None:
    assert code(check_webhook, url, ANY) == "no_webhook_address"


def test_public_addresses_are_taken() -> None:
    check_webhook("https://8.8.8.8/hook", ANY)
    assert code(check_webhook, "https://8.8.8.8/hook", ONLY) == "domain_not_allowed"
    assert public_addresses("8.8.8.8", 443, private=False) == ["8.8.8.8"]


def test_a_host_that_is_not_there() -> None:
    assert code(check_webhook, "https://nowhere.invalid/", ANY) == "host_unknown"


def test_server() -> None:
    assert server_of("https://Union.Example/x") == "union.example:443"
