"""Encoded matching beside clear text: accuracy, speed, and what the encodings reveal.

    python bench/federated.py [--only parity|febrl|speed|large|attacks] [--members 10000] [--seeds 5] [--tables DIR]
    python bench/federated.py --only speed --anonlink PYTHON     (a Python with anonlink installed)

Parity: the roster of synthetic provinces with every source, and Febrl 3 and 4, linked in clear text and encoded by each
profile. Best F1 is over all thresholds and before assignment; recall is of the pairs accepted at 1/2 and assigned as the
pipeline assigns. Losses are means over the seeds with 95 % limits (Student's t). Dummies are in the encoded tables, and
pairs with them count as wrong.
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from quality_province import province
from quality_sets import LabelledSet, febrl
from tables import write_chinese

from bangfu.cli.output import table
from matching.assignment import Assignment
from matching.columns import Columns
from matching.comparisons import compare_into, comparer
from matching.encoding.attacks.table import as_text, attack_table, words_of
from matching.encoding.encode import encode
from matching.encoding.encoded_tables import encoded_table
from matching.encoding.for_model import parameters_for
from matching.encoding.parameters import PROFILES, EncodingParameters
from matching.kernels.encoded import cross_dice
from matching.linkage import LinkOptions, LinkResult, dedupe, link
from matching.model import Model
from schemas.sources import PARTNERS, ROSTER, SOURCES

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""97.5 % points of Student's t by number of seeds."""

LATIN_COMPANIONS = ("date_of_birth:day", "postcode", "surname:soundex")
LATIN_ITEMS = (
    "given_name:soundex", "surname:soundex", "date_of_birth:year", "date_of_birth:month_day", "postcode", "suburb:plain",
    "soc_sec_id", "address_1:plain", "street_number",
)  # fmt: skip
FIVE = ("identity_number", "name", "birth_date", "phone", "county")
"""Comparisons of the speed of pairs."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", choices=["parity", "febrl", "speed", "large", "attacks"])
    arguments.add_argument("--members", type=int, default=10_000, help="members of the synthetic province")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--left", type=int, default=1_000_000, help="rows of the large run")
    arguments.add_argument("--right", type=int, default=100_000)
    arguments.add_argument("--tables", type=Path, help="where provinces are kept; not kept by default")
    arguments.add_argument("--anonlink", help="a Python that has anonlink")
    given = arguments.parse_args()
    parts = {
        "parity": lambda: print_parity(given.members, given.seeds, given.tables),
        "febrl": print_febrl,
        "speed": lambda: print_speed(given.anonlink),
        "large": lambda: print_large(given.left, given.right),
        "attacks": lambda: print_attacks(given.members, given.tables),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            print(f"\n== {name}", flush=True)
            part()


def key_of(name: str) -> bytes:
    """Field keys of the department."""
    return hashlib.sha256(f"department/{name}".encode()).digest()


def other_key_of(name: str) -> bytes:
    """Field keys of an attacker, who does not know the department's."""
    return hashlib.sha256(f"attacker/{name}".encode()).digest()


def shipped(name: str) -> Model:
    """A model that comes with the library."""
    with resources.as_file(resources.files("matching") / "models" / f"{name}.json") as path:
        return Model.load(path)


def encoded(frame: pl.DataFrame, parameters: EncodingParameters, seed: int) -> pa.Table:
    """A table encoded with its own ids, dummies under ids that nobody has."""
    columns = encode(frame, parameters, key_of, "sha256", np.random.default_rng(seed))
    ids = frame["record_id"].to_list()
    return encoded_table(columns, [*ids, *(f"~{n}" for n in range(columns.height - len(ids)))], parameters, "bench")


@dataclass(frozen=True)
class Quality:
    """Best F1 over all thresholds, and what is accepted at 1/2."""

    best: float
    recall: float
    precision: float
    blocked: float


def judged(result: LinkResult, truth: set[tuple[str, str]]) -> Quality:
    """The quality of a result that holds all candidate pairs."""
    pairs = result.pairs
    ids = zip(pairs["left_id"].to_pylist(), pairs["right_id"].to_pylist(), strict=True)
    true = np.array([pair in truth for pair in ids], dtype=bool)
    order = np.argsort(-pairs["match_weight"].to_numpy(), kind="stable")
    found = np.cumsum(true[order])
    f1 = 2 * found / (np.arange(1, len(found) + 1) + len(truth))
    accepted = pairs["accepted"].to_numpy()
    right = int((accepted & true).sum())
    return Quality(float(f1.max()), right / len(truth), right / max(int(accepted.sum()), 1), true.sum() / len(truth))


def linked(tables: list[pa.Table], model: Model, assignment: Assignment) -> LinkResult:
    options = LinkOptions(keep_probability=0.0)
    if len(tables) == 1:
        return dedupe(tables[0], model, options=options)
    return link(tables[0], tables[1], model, assignment=assignment, options=options)


def provinces(members: int, seed: int, kept: Path | None) -> Mapping[str, tuple[pl.DataFrame, pl.DataFrame]]:
    """Persons and truth by source, read from `kept` or made."""
    folder = kept / f"{members}-{seed}" if kept else None
    if folder and folder.exists():
        return {
            source: (pl.read_parquet(folder / f"{source}.parquet"), pl.read_parquet(folder / f"{source}-truth.parquet"))
            for source in (ROSTER, *PARTNERS)
            if (folder / f"{source}.parquet").exists()
        }
    made = province(members, seed)
    sides = {source: (made.tables[source], made.truth[source]) for source in made.tables}
    if folder:
        folder.mkdir(parents=True)
        for source, (rows, truth) in sides.items():
            rows.write_parquet(folder / f"{source}.parquet")
            truth.write_parquet(folder / f"{source}-truth.parquet")
    return sides


def print_parity(members: int, seeds: int, kept: Path | None) -> None:
    """Every source of every province: quality in clear text and by profile."""
    model, found = shipped("person_zh"), defaultdict(list)
    for seed in range(1, seeds + 1):
        sides = provinces(members, seed, kept)
        roster, roster_truth = sides[ROSTER]
        rosters = {name: encoded(roster, parameters, seed) for name, parameters in PROFILES.items()}
        for source in (name for name in PARTNERS if name in sides):
            rows, truth = sides[source]
            rows = rows.select(name for name in rows.columns if name in roster.columns)
            both = roster_truth.join(truth, on="person_id", suffix="_right")
            true = set(zip(both["record_id"], both["record_id_right"], strict=True))
            if not true:
                continue
            assignment = SOURCES[source].assignment
            found[source, "clear"].append(judged(linked([roster.to_arrow(), rows.to_arrow()], model, assignment), true))
            for name, parameters in PROFILES.items():
                tables = [rosters[name], encoded(rows, parameters, seed + 100)]
                found[source, name].append(judged(linked(tables, model, assignment), true))
        print(f"seed {seed} done", file=sys.stderr, flush=True)
    print_losses(found)


def print_losses(found: Mapping[tuple[str, str], list[Quality]]) -> None:
    """Losses against clear text, by case and all together."""
    head = ("case", "profile", "best F1", "loss", "recall at 1/2", "loss", "precision", "blocked")
    rows = []
    for (case, profile), made in found.items():
        clear = found[case, "clear"]
        rows.append(
            (
                case,
                profile,
                f"{mean(item.best for item in made):.4f}",
                _loss([a.best - b.best for a, b in zip(clear, made, strict=True)]),
                f"{mean(item.recall for item in made):.4f}",
                _loss([a.recall - b.recall for a, b in zip(clear, made, strict=True)]),
                f"{mean(item.precision for item in made):.4f}",
                f"{mean(item.blocked for item in made):.4f}",
            )
        )
    print("\n".join(table(head, rows)), flush=True)


def _loss(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:+.4f}"
    half = STUDENT[len(values)] * stdev(values) / len(values) ** 0.5
    return f"{mean(values):+.4f} ± {half:.4f}"


def print_febrl() -> None:
    """Febrl 3 (one table) and 4 (two), whose data are fixed: five keys instead of five samples."""
    model, found = shipped("person_latin"), defaultdict(list)
    for item in febrl():
        if not item.name.startswith(("febrl3", "febrl4")):
            continue
        true, tables = set(_pairs(item)), [_named(side) for side in item.tables]
        clear = judged(linked([side.to_arrow() for side in tables], model, "one_to_one"), true)
        for name in PROFILES:
            parameters = parameters_for(
                model, name, tables[0].columns, companions=LATIN_COMPANIONS, similar=LATIN_ITEMS
            )
            parameters = replace(parameters, dummies=0.0) if len(tables) == 1 else parameters
            for seed in range(1, 6):
                sides = [encoded(side, parameters, seed * 10 + place) for place, side in enumerate(tables)]
                found[item.name, name].append(judged(linked(sides, model, "one_to_one"), true))
                found[item.name, "clear"] += [clear] if name == "standard" else []
        print(f"{item.name} done", file=sys.stderr, flush=True)
    print_losses(found)


def _named(side: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(side).with_columns(pl.exclude("record_id").cast(pl.String))


def _pairs(item: LabelledSet) -> Iterator[tuple[str, str]]:
    if len(item.tables) == 2:
        yield from zip(item.truth["left_id"], item.truth["right_id"], strict=True)
        return
    for group in item.truth.group_by("cluster").agg(pl.col("record_id").sort())["record_id"].to_list():
        yield from ((one, other) for place, one in enumerate(group) for other in group[place + 1 :])


def print_speed(anonlink: str | None) -> None:
    """Records encoded and pairs compared per second of one core."""
    with tempfile.TemporaryDirectory() as folder:
        write_chinese(Path(folder), 100_000, 20_000, seed=1)
        left, right = (pl.read_parquet(Path(folder) / f"{side}.parquet") for side in ("left", "right"))
    model, rows = shipped("person_zh"), []
    for name, parameters in PROFILES.items():
        for digest in ("sha256", "sm3"):
            started = time.process_time()
            columns = encode(left, parameters, key_of, digest, np.random.default_rng(1))
            rows.append(
                (f"records encoded, {name}, {digest}", f"{left.height / (time.process_time() - started):,.0f}/s")
            )
        size = columns.estimated_size() / columns.height
        rows.append((f"bytes of a record, {name}", f"{size:,.0f}"))
        sides = Columns(encoded(left, parameters, 1), encoded(right, parameters, 2))
        five = [comparer(model.comparisons[model.position(item)], place, sides) for place, item in enumerate(FIVE)]
        random = np.random.default_rng(1)
        for order, made in (("within blocks of 300 x 300", _in_blocks), ("in random order", _scattered)):
            parts = [made(random, left.height, right.height) for _ in range(20)]
            patterns = np.empty(len(parts[0][0]), np.int64)
            compare_into(five, *parts[0], patterns)
            started = time.process_time()
            for part in parts:
                compare_into(five, *part, patterns)
            rate = len(parts) * len(patterns) / (time.process_time() - started)
            rows.append((f"pairs of five fields, {name}, {order}", f"{rate / 1e6:,.1f} M/s"))
    filters = np.ascontiguousarray(words_of(columns, "name")[:, -8:])
    best = np.empty(2_000)
    cross_dice(filters[:10], filters[:10], best[:10])
    started = time.process_time()
    cross_dice(filters[:2_000], filters[:20_000], best)
    rate = 2_000 * 20_000 / (time.process_time() - started)
    rows.append(("Dice of whole filters of 512 bits, cross product", f"{rate / 1e6:,.0f} M/s"))
    if anonlink:
        rows.append(("anonlink, filters of 512 bits, cross product", _anonlink(anonlink, filters)))
    print("\n".join(table(("what", "measured, one core"), rows)), flush=True)


Rows = np.ndarray[tuple[int], np.dtype[np.int32]]


def _in_blocks(random: np.random.Generator, left: int, right: int) -> tuple[Rows, Rows]:
    """All pairs of a block, as the engine walks it."""
    rows = [random.integers(0, size, 300, dtype=np.int32) for size in (left, right)]
    return np.repeat(rows[0], 300), np.tile(rows[1], 300)


def _scattered(random: np.random.Generator, left: int, right: int) -> tuple[Rows, Rows]:
    return random.integers(0, left, 90_000, dtype=np.int32), random.integers(0, right, 90_000, dtype=np.int32)


_ANONLINK = """
import json, sys, time
from bitarray import bitarray
import anonlink
filters = []
for text in json.load(sys.stdin):
    bits = bitarray(); bits.frombytes(bytes.fromhex(text)); filters.append(bits)
left, right = filters[:2000], filters
started = time.process_time()
found = anonlink.similarities.dice_coefficient_accelerated([left, right], threshold=0.9, k=10)
print(len(left) * len(right) / (time.process_time() - started))
"""


def _anonlink(python: str, filters: np.ndarray) -> str:
    given = json.dumps([row.tobytes().hex() for row in filters[:20_000]])
    done = subprocess.run([python, "-c", _ANONLINK], input=given, capture_output=True, text=True, check=False)
    return f"{float(done.stdout) / 1e6:,.0f} M/s" if not done.returncode else done.stderr.strip().splitlines()[-1]


def print_large(left_rows: int, right_rows: int) -> None:
    """Linking encoded tables, from Parquet to accepted pairs; encoding is told apart."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_chinese(Path(folder), left_rows, right_rows, seed=1)
        for name, parameters in PROFILES.items():
            seconds = 0.0
            for side in ("left", "right"):
                frame = pl.read_parquet(Path(folder) / f"{side}.parquet")
                started = time.process_time()
                made = encoded(frame, parameters, len(side))
                seconds += time.process_time() - started
                pq.write_table(made, Path(folder) / f"{name}-{side}.parquet")
            code = f"import sys; sys.path[:0] = ['bench']; import federated; federated.link_files({folder!r}, {name!r})"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            rows.append((name, f"{seconds:,.0f}", *done.stdout.split("|")))
    print(f"{left_rows:,} x {right_rows:,}, two threads")
    print("\n".join(table(("profile", "encoding CPU s", "wall s", "CPU s", "peak MB", "candidates", "accepted"), rows)))


def link_files(folder: str, name: str) -> None:
    """In a process of its own: link two encoded files and print what it took."""
    started, spent = time.perf_counter(), time.process_time()
    tables = [pq.read_table(Path(folder) / f"{name}-{side}.parquet") for side in ("left", "right")]
    result = link(*tables, shipped("person_zh"), assignment="one_to_one", options=LinkOptions(threads=2))
    taken = (time.perf_counter() - started, time.process_time() - spent)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report = result.report
    print(f"{taken[0]:.1f}|{taken[1]:.1f}|{peak:,.0f}|{report.candidate_pairs:,}|{report.accepted_pairs:,}", end="")


def print_attacks(members: int, kept: Path | None) -> None:
    """Attacks on the roster of one province from the roster of another."""
    ours, others = (provinces(members, seed, kept)[ROSTER][0] for seed in (1, 2))
    risks = {
        name: list(attack_table(ours, others, parameters, (key_of, other_key_of)))
        for name, parameters in PROFILES.items()
    }
    print(f"{ours.height:,} records attacked; shares of records guessed right, in per cent")
    print(as_text(risks), flush=True)


if __name__ == "__main__":
    main()
