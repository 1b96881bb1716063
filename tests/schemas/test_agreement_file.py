"""Reading agreements: every member is known and right, or the file is refused with the member's name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.agreement import AgreementError, Role
from schemas.agreement_file import read_agreement
from tests.bangfu.federation.parties import make_parties


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_parties(tmp_path_factory.mktemp("parties")).agreement.read_bytes()


def test_what_is_read_is_what_was_written(text: bytes) -> None:
    signed = read_agreement(text)
    assert signed.to_json().encode() == text
    assert set(signed.signatures) == {Role.UNION, Role.DEPARTMENT}


def _set(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(stated: dict[str, Any]) -> None:
        place: Any = stated["agreement"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def _same_key(stated: dict[str, Any]) -> None:
    parties = stated["agreement"]["parties"]
    parties[2]["public_key"] = parties[0]["public_key"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_set("version", value=2), "agreement_version"),
        (_set("format", value="other"), "agreement_unreadable"),
        (_set("normalisation", value=2), "normalisation_version"),
        (_set("surplus", value=1), "unknown_member"),
        (_set("payload", "diagnosis", value="dise_name"), "unknown_member"),
        (_set("fields", value=["name", "dise_name"]), "unknown_field"),
        (_set("fields", value=["name", "person_ref"]), "unknown_field"),
        (_same_key, "roles_not_separate"),
        (_set("parties", 2, "name", value="云南省总工会"), "roles_not_separate"),
        (_set("parties", 2, "role", value="union"), "agreement_invalid"),
        (_set("parties", 2, "source", value="union_roster"), "agreement_invalid"),
        (_set("digest", value="md5"), "agreement_invalid"),
        (_set("epoch", value=True), "agreement_invalid"),
        (_set("key_check", value=None), "agreement_invalid"),
        (_set("payload", "month", value="birth_date"), "agreement_invalid"),
        (_set("payload", "month", value="event_on"), "agreement_invalid"),
        (_set("payload", "band", "limits", value=[10000, 3000]), "agreement_invalid"),
        (_set("payload", "reason", value="癌症"), "agreement_invalid"),
        (_set("valid_until", value="2020-01-01"), "agreement_invalid"),
        (_set("valid_from", value="2026-02-30"), "agreement_invalid"),
        (_set("legal_basis", "valid_until", value="2001-01-01"), "agreement_invalid"),
        (_set("encoding", value=[]), "agreement_invalid"),
        (lambda stated: stated["agreement"].pop("purpose"), "agreement_invalid"),
        (lambda stated: stated["signatures"].update(union="00"), "agreement_invalid"),
        (lambda stated: stated["signatures"].update(nobody="00"), "agreement_invalid"),
    ],
)
def test_a_wrong_member_is_refused(text: bytes, change: Callable[[dict[str, Any]], None], code: str) -> None:
    stated = json.loads(text)
    change(stated)
    with pytest.raises(AgreementError) as refused:
        read_agreement(json.dumps(stated).encode())
    assert refused.value.code == code
    assert refused.value.zh
    assert refused.value.en


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{" * 100_000, b'{"agreement": 1, "agreement": 2}'])
def test_what_is_no_agreement_is_refused(content: bytes) -> None:
    with pytest.raises(AgreementError):
        read_agreement(content)


def test_the_canonical_text_does_not_change(tmp_path: Path) -> None:
    """Signatures of old agreements must hold in every later version of the program."""
    agreement = make_parties(tmp_path).held.agreement
    assert list(json.loads(agreement.text())) == sorted(json.loads(agreement.text()))
    assert b": " not in agreement.text().split(b'"name"')[0]
