"""Places of Yunnan, traps of its names and its history included."""

import polars as pl
import pytest

from matching.standardise.columns import FEW
from matching.standardise.places import read_place, standardise_address_places, standardise_places
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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # a prefecture and the city or county of the same name
        ("红河州红河县", "532529"),
        ("红河州个旧市", "532501"),
        ("大理州祥云县", "532923"),
        ("大理州大理市", "532901"),
        ("大理祥云县", "532923"),
        ("楚雄州楚雄市", "532301"),
        ("楚雄州禄丰市", "532302"),
        ("楚雄禄丰县", "532302"),
        ("文山州文山市", "532601"),
        ("文山壮族苗族自治州", "532600"),
        ("云南省水富市", "530681"),
        ("水富县", "530681"),
        # renamed
        ("思茅地区思茅市", "530802"),
        ("思茅市", "530800"),
        ("思茅县", "530802"),
        ("思茅区", "530802"),
        ("普洱哈尼族彝族自治县", "530821"),
        ("宁洱县", "530821"),
        ("中甸县", "533401"),
        ("香格里拉县", "533401"),
        ("香格里拉市", "533401"),
        ("潞西县", "533103"),
        ("芒市", "533103"),
        ("云南路南县", "530126"),
        ("昆明市路南彝族自治县", "530126"),
        ("昆明市路南县", "530126"),
        ("石林县", "530126"),
        ("丽江纳西族自治县", "530700"),
        ("丽江市古城区", "530702"),
        ("丽江市玉龙县", "530721"),
        ("曲靖地区曲靖市", "530302"),
        ("麒麟区", "530302"),
        ("玉溪地区玉溪市", "530402"),
        ("红塔区", "530402"),
        ("保山地区保山市", "530502"),
        ("隆阳区", "530502"),
        ("昭通地区昭通市", "530602"),
        ("昭阳区", "530602"),
        ("临沧县", "530902"),
        ("临翔区", "530902"),
        ("德宏州畹町市", "533102"),
        ("瑞丽市", "533102"),
        ("怒江州碧江县", "533300"),
        ("东川市", "530113"),
        # two characters
        ("云县", "530922"),
        ("云南省云县", "530922"),
        # easily confused
        ("元江县", "530428"),
        ("元谋县", "532328"),
        ("元阳县", "532528"),
        ("永仁县", "532327"),
        ("永平县", "532928"),
        ("永善县", "530625"),
        ("永胜县", "530722"),
        ("永德县", "530923"),
        ("镇雄县", "530627"),
        ("镇沅县", "530825"),
        ("镇康县", "530924"),
        ("景东县", "530823"),
        ("景谷县", "530824"),
        ("景洪市", "532801"),
        ("富民县", "530124"),
        ("富源县", "530325"),
        ("富宁县", "532628"),
    ],
)
def test_the_traps_of_the_province(text: str, code: str) -> None:
    assert read_place(text) == (code,)
    assert read_place(f"{text}某某镇某某村5组") == (code,)
    column = pl.Series([f"{text}某某镇某某村{number}组" for number in range(FEW + 1)])
    assert set(standardise_places(column).values) == set(standardise_address_places(column).values) == {code}


def test_former_prefix_codes_lead_to_the_prefectures_of_today() -> None:
    former = {
        "5321": "5306",
        "5322": "5303",
        "5324": "5304",
        "5327": "5308",
        "5330": "5305",
        "5332": "5307",
        "5335": "5309",
    }
    for old, new in former.items():
        assert {read_place(code)[0][:4] for code, *_ in division_history() if code.startswith(old)} <= {new, "5301"}


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
