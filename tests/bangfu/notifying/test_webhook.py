"""Webhooks as the Standard Webhooks specification says, to a real receiver."""

import json
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from bangfu.notifying import webhook
from bangfu.notifying.failure import SendError
from bangfu.notifying.telling import payload
from bangfu.notifying.webhook import post, secret_of, signed
from tests.bangfu.notifying.servers import receiving
from tests.bangfu.notifying.test_mail import NOTICE, PORTAL

SECRET = secret_of("a key", "530102", 1)
CONTENT = payload(NOTICE, PORTAL)


def failure(url: str, *, private: bool = True) -> SendError:
    with pytest.raises(SendError) as refused:
        post(url, CONTENT, "msg_1", [SECRET], private=private)
    return refused.value


def test_the_test_vector_of_the_specification() -> None:
    """Published with the reference implementations of Standard Webhooks and by Svix, who wrote the specification."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert signed('{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, [secret]) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_what_a_receiver_gets_and_verifies() -> None:
    with receiving() as receiver:
        post(receiver.url, CONTENT, "msg_1", [SECRET], private=True)
    [got] = receiver.posts
    assert (got.path, got.message_id, got.headers["content-type"]) == ("/hook", "msg_1", "application/json")
    assert Webhook(SECRET).verify(got.body, got.headers) == {
        "type": "notice.list",
        "timestamp": "2026-11-30T02:00:00Z",
        "data": {
            "id": "ntc_1",
            "kind": "list",
            "union": "530102",
            "list_version": 3,
            "counts": {"new": 1200, "continuing": 40, "withdrawn": 2},
            "acknowledge_by": "2026-12-02",
            "due_on": "2026-12-21",
            "due_at": None,
            "about": None,
            "created_at": "2026-11-30T02:00:00Z",
            "link": "https://portal.example/b&f/cases",
        },
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace("1200", "1201"), got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of("a key", "530103", 1)).verify(got.body, got.headers)


def test_while_a_secret_is_replaced_both_sign() -> None:
    former, present = SECRET, secret_of("a key", "530102", 2)
    with receiving() as receiver:
        post(receiver.url, CONTENT, "msg_1", [present, former], private=True)
    [got] = receiver.posts
    assert former != present
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    for secret in (former, present):
        assert Webhook(secret).verify(got.body, got.headers) == json.loads(got.body)


@pytest.mark.parametrize(
    ("status", "permanent", "down"),
    [(400, False, False), (404, False, False), (410, True, False), (429, False, True), (500, False, True),
     (503, False, True), (301, False, False), (307, False, False)],
)  # fmt: skip
def test_what_is_no_success(status: int, permanent: bool, down: bool) -> None:
    with receiving() as receiver, receiving() as elsewhere:
        receiver.answers.append((status, {"location": elsewhere.url, "retry-after": "90"}))
        refused = failure(receiver.url)
    assert (refused.code, refused.permanent, refused.down) == (f"http_{status}", permanent, down)
    assert refused.retry_after == 90
    assert elsewhere.posts == []


def test_over_tls_with_a_certificate_that_is_trusted(trusted: Path) -> None:
    with receiving(trusted) as receiver:
        post(receiver.url, CONTENT, "msg_1", [SECRET], private=True)
    assert receiver.ids == ["msg_1"]


def test_over_tls_with_one_that_is_not(certificate: Path) -> None:
    with receiving(certificate) as receiver:
        assert failure(receiver.url).code == "unreachable"
    assert receiver.posts == []


def test_a_name_that_leads_into_a_private_network_when_it_is_used() -> None:
    """The address was public when it was set: what counts is where it leads now."""
    with receiving() as receiver:
        for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
            assert failure(url, private=False).code == "private_address"
    assert receiver.posts == []


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = failure(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert (refused.code, refused.down) == ("unreachable", True)


def test_an_answer_that_comes_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte would be in time; all of them together must be."""
    monkeypatch.setattr(webhook, "SECONDS", 0.6)
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()

        def drip() -> None:
            connection, _ = slow.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nx-filler: aaaaaaaaaaaaaaaaaaaaaaaaa":
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.2)

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        assert failure(f"http://127.0.0.1:{slow.getsockname()[1]}/").code == "timeout"
        assert time.monotonic() - began < 3
    thread.join(15)
