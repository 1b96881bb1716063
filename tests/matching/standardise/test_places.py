"""Places of Yunnan, traps of its names and its history included."""

import pytest

from matching.standardise.places import read_place
from schemas.reference import counties, division_history, divisions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("云南省昆明市五华区翠湖路1号", "530102"),
        ("昆明五华", "530102"),
        ("五华区总工会", "530102"),
        ("昆明市总工会", "530100"),
        ("红河州", "532500"),
        ("红河县", "532529"),
        ("红河", "532500"),
        ("红河州红河县迤萨镇", "532529"),
        ("红河哈尼族彝族自治州建水县", "532524"),
        ("大理州", "532900"),
        ("大理市下关镇", "532901"),
        ("大理", "532900"),
        ("楚雄市鹿城镇", "532301"),
        ("楚雄州", "532300"),
        ("文山州文山市", "532601"),
        ("云县爱华镇", "530922"),
        ("临沧市云县", "530922"),
        ("思茅地区", "530800"),
        ("思茅市翠云区", "530802"),
        ("普洱县", "530821"),
        ("普洱市", "530800"),
        ("中甸县", "533401"),
        ("潞西市", "533103"),
        ("路南彝族自治县", "530126"),
        ("丽江县", "530700"),
        ("玉溪地区玉溪市", "530402"),
        ("玉溪市", "530400"),
        ("碧江县", "533300"),
        ("畹町市", "533102"),
        ("元江县", "530428"),
        ("元谋县", "532328"),
        ("镇沅县", "530825"),
        ("宁蒗彝族自治县", "530724"),
        ("昆明市大理路5号", "530100"),
        ("昆明市五华区景洪路5号", "530102"),
        ("530102", "530102"),
        ("530102001003", "530102"),
        ("5301", "530100"),
        ("532101", "530602"),
        ("530102.0", "530102"),
        ("530102 五华区", "530102"),
    ],
)
def test_where_a_text_is(text: str, code: str) -> None:
    assert read_place(text) == (code,)


@pytest.mark.parametrize("text", ["539001", "530000", "云南省总工会", "四川省成都市", "景洪路12号", "翠湖路", "99"])
def test_what_is_no_county_of_the_province_stays_unknown(text: str) -> None:
    assert read_place(text) is None


def test_every_county_is_found_by_its_name_short_name_code_and_full_address() -> None:
    for county in counties():
        prefecture = divisions()[county.parent_code]
        texts = (county.code, county.name, county.short_name, f"云南省{prefecture.name}{county.name}某某街道")
        assert {read_place(text) for text in texts} == {(county.code,)}, county.code


def test_every_former_code_leads_to_a_division_of_today() -> None:
    unknown = [code for code, *_ in division_history() if read_place(code) is None]
    assert unknown == ["530000"]
