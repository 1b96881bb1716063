"""Key files: made by the departments alone, refused when they are not the agreement's."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.federation import keyfile
from bangfu.federation.keyfile import combine_shares, has_passphrase, new_key, new_share, open_key, require_fitting
from matching.encoding.shared_key import SharedKey
from schemas.agreement import Role
from tests.bangfu.federation.parties import Parties, make_parties

PARTNERS = {role: f"{number:064x}" for number, role in enumerate(Role)}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("parties"))


def test_keys_are_those_of_the_standard() -> None:
    """HKDF-SHA256 by RFC 5869, computed here by HMAC alone."""
    key = SharedKey(bytes(range(32)), 3)
    extracted = hmac.digest(bytes(32), key.secret, "sha256")
    info = b"bangfu encoding 1\0field\0yb-gh-2026\0003\0name"
    assert key.field_keys("yb-gh-2026")("name") == hmac.digest(extracted, info + b"\x01", "sha256")


def test_no_two_keys_are_the_same() -> None:
    one, later = SharedKey(bytes(range(32)), 1), SharedKey(bytes(range(32)), 2)
    made = [
        key.field_keys(agreement)(name)
        for key in (one, later)
        for agreement in ("a-01", "a-02")
        for name in ("name", "phone")
    ]
    made += [one.sealing_key("a-01"), later.sealing_key("a-01")]
    assert len(set(made)) == len(made)
    assert one.check_value() != later.check_value()
    assert one.check_value() not in hashlib.sha256(one.secret).hexdigest()
    assert "0102" not in repr(one)


def test_what_is_written_is_read_and_only_by_its_owner(tmp_path: Path) -> None:
    made = new_key(tmp_path / "a.key", 1, PARTNERS)
    assert open_key(tmp_path / "a.key") == made
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "a.key").chmod(0o640)
    with pytest.raises(Refused, match="private_file_open"):
        open_key(tmp_path / "a.key")
    with pytest.raises(Refused, match="file_exists"):
        new_key(tmp_path / "a.key", 2, PARTNERS)


def test_a_passphrase_seals_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "_WORK", 1 << 4)
    made = new_key(tmp_path / "a.key", 1, PARTNERS, "口令 words")
    assert has_passphrase(tmp_path / "a.key")
    assert made.key.secret.hex() not in (tmp_path / "a.key").read_text()
    assert open_key(tmp_path / "a.key", "口令 words") == made
    with pytest.raises(Refused, match="key_passphrase"):
        open_key(tmp_path / "a.key", "口令")


def test_two_shares_make_one_key_on_both_sides(tmp_path: Path) -> None:
    one, other = tmp_path / "1.share", tmp_path / "2.share"
    new_share(one)
    new_share(other)
    here = combine_shares(tmp_path / "a.key", (one, other), 1, PARTNERS)
    assert combine_shares(tmp_path / "b.key", (other, one), 1, PARTNERS) == here
    with pytest.raises(Refused, match="key_shares"):
        combine_shares(tmp_path / "c.key", (one, one), 1, PARTNERS)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"epoch": 2}, "wrong_file"), ({"secret": "00" * 32}, "wrong_file"), ({"partners": {}}, "wrong_file"), ({"secret": 1}, "wrong_file"), ({"format": "x"}, "wrong_file")],
)  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path: Path, change: dict[str, object], code: str) -> None:
    path = tmp_path / "a.key"
    new_key(path, 1, PARTNERS)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(Refused, match=code):
        open_key(path)


def test_only_the_agreement_s_key_fits(parties: Parties, tmp_path: Path) -> None:
    agreement = parties.held.agreement
    require_fitting(parties.key, agreement)
    partners = dict(parties.key.partners)
    with pytest.raises(Refused, match="key_wrong"):
        require_fitting(new_key(tmp_path / "a.key", 1, partners), agreement)
    with pytest.raises(Refused, match="key_epoch"):
        require_fitting(new_key(tmp_path / "b.key", 2, partners), agreement)
    posing = replace(parties.key, partners={**partners, Role.UNION: "0" * 64})
    with pytest.raises(Refused, match="key_partners"):
        require_fitting(posing, agreement)
