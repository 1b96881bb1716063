"""Encoding: the same bytes for the same key, nothing alike under another, no clear text, and no libraries to install."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.encoding.encode import encode
from matching.encoding.names import read_name
from matching.encoding.parameters import PROFILES, STANDARD, STRICT, EncodingParameters
from matching.encoding.tokens import Mac, joint
from matching.errors import EncodingError
from matching.names import WILD, fold_names, pack_names
from matching.readings import FIRST, OTHER, reading
from tests.matching.encoding.encoded import BARE, encoded, frame, key_of

GOLDEN = Path(__file__).with_name("golden.json")
PERSON = {
    "name": "岩·罕香", "former_name": "李大明", "id_number": "539210199003070036", "birth_date": "1990-03-07",
    "birth_precision": "day", "sex": "1", "ethnic_group": "18", "phone": "13912345678", "county_code": "530102",
    "address": "上溪街道忠坡社区团结路12号3栋401室", "employer": "云南滇西水泥股份有限公司", "employer_code": "91530000MA6K00000T",
}  # fmt: skip
OTHERS = [
    PERSON | {"id_number": "539210199003080036", "name": "王小?", "former_name": None, "birth_precision": "month"},
    {"name": "张伟", "id_number": "539210********0036", "phone": "0871-6512345", "birth_date": "1962"},
    {"name": "王yan"},
]


def digests(columns: pl.DataFrame) -> dict[str, str]:
    """A digest of the bytes of each column, in the order of a little-endian machine."""
    return {
        name: hashlib.sha256(np.asarray(columns[name].to_numpy(), "<u8").tobytes()).hexdigest()[:16]
        for name in columns.columns
    }


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_the_same_bytes_as_ever(profile: str, digest: str) -> None:
    """A department's file of this year must compare with one of next year, made on another machine."""
    parameters = PROFILES[profile]  # type: ignore[index]
    made = encode(frame([PERSON, *OTHERS] * 5), parameters, key_of("golden"), digest, np.random.default_rng(7))
    assert digests(made) == json.loads(GOLDEN.read_text())[f"{profile} {digest}"]


def test_joint_tokens_are_siphash() -> None:
    """The vector of the paper's reference: key 00..0f, message 00..07."""
    key = (int.from_bytes(bytes(range(8)), "little"), int.from_bytes(bytes(range(8, 16)), "little"))
    word = np.array([int.from_bytes(bytes(range(8)), "little")], np.uint64)
    assert int(joint(key, [word])[0]) == 0x93F5F5799A932462


def test_tokens_are_hmac() -> None:
    """RFC 4231, test case 1 with its key padded: HMAC pads keys with zeros, so that 32 bytes are the same key."""
    mac = Mac(bytes.fromhex("0b" * 20).ljust(32, b"\0"), "sha256")
    assert mac.digest(b"Hi There").hex().startswith("b0344c61d8db38535ca8afceaf0bf12b")


names = st.text("王李岩罕香小芳张伟·?", min_size=1, max_size=5)
rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": names,
            "former_name": names,
            "id_number": st.sampled_from(["539210199003070036", "539210199003080036", "539210********0036", "E12"]),
            "birth_date": st.dates().map(str),
            "phone": st.from_regex("1[0-9]{10}", fullmatch=True),
            "county_code": st.sampled_from(["530102", "530100", "532901"]),
            "sex": st.sampled_from("12"),
            "address": st.sampled_from(["上溪街道忠坡社区团结路12号3栋", "黑井村5组", "无"]),
            "employer": st.sampled_from(["昆明钢铁厂", "大理纸业"]),
        },
    ),
    min_size=1,
    max_size=4,
)
QUIET = replace(STRICT, dummies=0.0, flip=0.0)


@settings(max_examples=15, deadline=None)
@given(rows, st.sampled_from([BARE, QUIET]))
def test_same_key_same_bytes_whatever_stands_beside(
    made: list[dict[str, object]], parameters: EncodingParameters
) -> None:
    """Neither the order of records nor the other records tell."""
    whole, turned = encoded([PERSON, *made], parameters), encoded([*reversed(made), PERSON], parameters)
    assert whole.equals(encoded([PERSON, *made], parameters))
    assert whole.reverse().equals(turned.select(whole.columns))
    alone = encoded([PERSON], parameters)
    assert whole[:1].select(alone.columns).equals(alone)


@settings(max_examples=15, deadline=None)
@given(rows, st.sampled_from([BARE, QUIET]))
def test_another_key_gives_nothing_alike(made: list[dict[str, object]], parameters: EncodingParameters) -> None:
    ours, theirs = (encoded([PERSON, *made], parameters, secret) for secret in ("one", "another"))
    for name in ours.columns:
        if ":" in name or name == "similar":
            tokens = [np.unique(side[name].to_numpy()) for side in (ours, theirs)]
            assert set(tokens[0].tolist()) & set(tokens[1].tolist()) <= {0}
    words = [np.asarray(side["id_number"].to_numpy())[:, 1:] for side in (ours, theirs)]
    assert not ((words[0] == words[1]) & (words[0] != 0)).any()


@pytest.mark.parametrize("parameters", [STANDARD, STRICT], ids=["standard", "strict"])
def test_nothing_of_the_clear_text_is_left(parameters: EncodingParameters) -> None:
    """No two characters of any cell, in any of the encodings that a file could hold them in."""
    made = encoded([PERSON, *OTHERS], parameters)
    assert not [name for name, kind in made.schema.items() if kind.base_type() not in (pl.UInt64, pl.Array)]
    whole = b"".join(np.asarray(made[name].to_numpy()).tobytes() for name in made.columns)
    for text in PERSON.values():
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            for start in range(len(text) - 3):
                assert text[start : start + 4].encode(encoding) not in whole


def test_strict_noise_is_fresh_and_tokens_are_not() -> None:
    one, other = (encoded([PERSON] * 40, replace(STRICT, dummies=0.0), seed=seed) for seed in (1, 2))
    filters = [np.asarray(side["name"].to_numpy())[:, -STRICT.filter_words :] for side in (one, other)]
    flipped = np.bitwise_count(filters[0] ^ filters[1]).sum() / filters[0].size / 64
    assert flipped == pytest.approx(2 * STRICT.flip * (1 - STRICT.flip), abs=0.02)
    assert one.drop("name", "employer_code").equals(other.drop("name", "employer_code"))


def test_dummies_are_more_records_that_share_tokens_with_real_ones_but_no_number() -> None:
    people = [PERSON | {"id_number": f"53921019900307{place:03d}X", "sex": str(1 + place % 2)} for place in range(50)]
    made = encoded(people, replace(STANDARD, dummies=0.2))
    assert made.height == 60
    real, dummy = made["rule:id_number"].to_list()[:50], made["rule:id_number"].to_list()[50:]
    assert not set(real) & set(dummy)
    assert set(made["key:sex"].to_list()[50:]) <= set(made["key:sex"].to_list()[:50])


def test_the_encoder_needs_only_polars_and_numpy() -> None:
    """A department's computer has Python, polars and numpy; compiled kernels and the readings of names are not there."""
    code = (
        "import sys\n"
        "for name in ('numba', 'pyarrow', 'pandas', 'scipy', 'pypinyin', 'opencc', 'duckdb', 'cryptography'):\n"
        "    sys.modules[name] = None\n"
        "import numpy, polars\n"
        "from matching.encoding.encode import encode\n"
        "from matching.encoding.parameters import STRICT\n"
        "frame = polars.DataFrame({'name': ['張·單?', '王yan'], 'birth_date': ['1990-03-07', None]})\n"
        "made = encode(frame, STRICT, lambda name: name.encode().ljust(32)[:32], 'sha256', numpy.random.default_rng(1))\n"
        "print(made.height)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr


def test_names_are_folded_and_read_as_in_clear_text() -> None:
    """Of Han characters every fourth: the tables that are carried say what pypinyin and OpenCC say."""
    characters = [chr(point) for point in (*range(0x4E00, 0x9FA6, 4), *range(0x20000, 0x20200, 4))]
    import pyarrow as pa

    texts = fold_names(pa.array([f"王{character}" for character in characters], pa.large_string()))
    folded = np.split(texts.points, texts.offsets[1:-1])
    wrong = []
    for character, points in zip(characters, folded, strict=True):
        mine = read_name(f"王{character}")
        same = ["?" if point == WILD else chr(point) for point in points] == list(mine.characters)
        if not same or (len(points) > 1 and set(reading(chr(points[1]), OTHER).toned) != set(mine.toned[1])):
            wrong.append(character)
    assert wrong == []
    assert read_name("单").toned[0] == reading("单", FIRST).toned
    assert len(pack_names(texts).characters) == texts.offsets[-1]


def test_parameters_survive_json_and_refuse_what_they_do_not_know() -> None:
    for parameters in PROFILES.values():
        assert EncodingParameters.from_json(parameters.to_json()) == parameters
    document = json.loads(STANDARD.to_json())
    for changed, told in (
        ({"salt": 1}, "unknown member"),
        ({"flip": 0.4}, "flip"),
        ({"version": 2}, "version 2"),
        ({"bits": 100}, "bits"),
        ({"masks": ["####**************"]}, "mask"),
        ({"fields": [{"kind": "numeric", "columns": ["age"]}]}, "numeric"),
    ):
        with pytest.raises(EncodingError, match=told):
            EncodingParameters.from_json(json.dumps(document | changed))


def test_a_short_key_is_refused() -> None:
    with pytest.raises(EncodingError, match="32 bytes"):
        encode(frame([PERSON]), STANDARD, lambda name: b"short", "sha256", np.random.default_rng(1))
