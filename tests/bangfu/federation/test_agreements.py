"""Agreements hold, or are refused."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bangfu.errors import Refused
from bangfu.federation.agreements import hold, open_agreement, parameters_of, sign
from bangfu.federation.roles import require_matching_unit
from bangfu.federation.signing import new_identity
from schemas.agreement import Role, Signed
from tests.bangfu.federation.parties import TODAY, YEAR, Parties, make_parties, signed_by


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("parties"))


def test_a_signed_agreement_holds(parties: Parties) -> None:
    held = hold(open_agreement(parties.agreement), TODAY)
    assert held == parties.held
    assert held.parameters.profile == "standard"


def test_what_was_changed_after_signing_is_refused(parties: Parties, tmp_path: Path) -> None:
    stated = json.loads(parties.agreement.read_text("utf-8"))
    stated["agreement"]["payload"]["band"]["limits"] = [1, 2, 3, 4, 5]
    changed = tmp_path / "a.json"
    changed.write_text(json.dumps(stated), "utf-8")
    with pytest.raises(Refused, match="signature_wrong"):
        hold(open_agreement(changed), TODAY)


@pytest.mark.parametrize("role", [Role.UNION, Role.DEPARTMENT])
def test_both_must_sign(parties: Parties, role: Role) -> None:
    once = signed_by(Signed(parties.held.agreement, {}), parties.identities[role])
    with pytest.raises(Refused, match="signature_missing"):
        hold(once, TODAY)


def test_a_stranger_cannot_sign(parties: Parties, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not_a_party"):
        sign(Signed(parties.held.agreement, {}), new_identity(tmp_path / "x.id"))


@pytest.mark.parametrize("day", [TODAY - 2 * YEAR, TODAY + 2 * YEAR])
def test_outside_its_days_it_is_refused(parties: Parties, day: dt.date) -> None:
    with pytest.raises(Refused, match="agreement_expired"):
        hold(open_agreement(parties.agreement), day)


def test_outside_the_days_of_its_legal_basis_it_is_refused(parties: Parties) -> None:
    agreement = parties.held.agreement
    ended = replace(agreement, legal_basis=replace(agreement.legal_basis, valid_until=TODAY - dt.timedelta(days=1)))
    with pytest.raises(Refused, match="agreement_expired"):
        hold(signed_by(Signed(ended, {}), parties.identities[Role.UNION], parties.identities[Role.DEPARTMENT]), TODAY)


def test_the_encoding_may_use_no_field_that_is_not_allowed(parties: Parties) -> None:
    agreement = parties.held.agreement
    fewer = replace(agreement, fields=tuple(name for name in agreement.fields if name != "phone"))
    with pytest.raises(Refused, match="phone") as refused:
        parameters_of(fewer)
    assert refused.value.code == "encoding_fields"


def test_an_encoding_of_another_version_is_refused(parties: Parties) -> None:
    agreement = parties.held.agreement
    with pytest.raises(Refused, match="encoding_version"):
        parameters_of(replace(agreement, encoding={**agreement.encoding, "version": 99}))
    with pytest.raises(Refused, match="encoding_version"):
        parameters_of(replace(agreement, encoding={**agreement.encoding, "surplus": 1}))


@pytest.mark.parametrize("role", [Role.UNION, Role.DEPARTMENT])
def test_nobody_but_the_matching_unit_matches(parties: Parties, role: Role) -> None:
    """The union that receives must not run the matching unit: its signing key is refused there."""
    require_matching_unit(parties.held, parties.identities[Role.MATCHING_UNIT])
    with pytest.raises(Refused, match="not_matching_unit"):
        require_matching_unit(parties.held, parties.identities[role])
