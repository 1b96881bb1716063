"""A month's changes against a kept linkage, beside the full run over the same tables.

    python bench/incremental.py --left 1000000 --right 300000 --change 0.01

Both run in this process with the same estimated model, on a few rows first; `change` is the share of the settlements
that is new, as large a share is withdrawn, and a tenth of it of the roster is replaced. Told is also whether both found
the same pairs.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import resources
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tables import write_chinese

from matching import Model, link
from matching.incremental.relink import keep_linked, relink

T = TypeVar("T")

FEW = 20_000


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--left", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--right", type=lambda text: int(float(text)), default=300_000)
    parser.add_argument("--change", type=float, default=0.01)
    parser.add_argument("--data", type=Path, help="folder with left.parquet and right.parquet of an earlier run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary) / "tables"
        if not (data / "right.parquet").exists():
            write_chinese(data, options.left, options.right)
        left, right = (pq.read_table(data / f"{side}.parquet") for side in ("left", "right"))
        with redirect_stdout(None):  # so that nothing is imported or compiled while the clock runs
            _measure(left.slice(0, FEW), right.slice(0, FEW), options.change, Path(temporary) / "few")
        _measure(left, right, options.change, Path(temporary) / "kept")


def _measure(left: pa.Table, right: pa.Table, change: float, folder: Path) -> None:
    few = int(len(right) * change)
    before = right.slice(0, len(right) - few)
    moved = _with_other_telephones(left.slice(0, int(len(left) * change / 10)))
    gone = right["record_id"].slice(0, few).to_pylist()
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        kept = _timed("keep", lambda: keep_linked(folder, left, before, Model.load(path), assignment="many_to_one"))
    later = _timed("relink", lambda: relink(folder, left=moved, right=right.slice(len(before)), gone_right=gone))
    now = pa.concat_tables([moved, left.slice(len(moved))])
    full = _timed("full", lambda: link(now, right.slice(few), kept.model, assignment="many_to_one"))
    print(f"pairs compared: {later.report.candidate_pairs:,} of {full.report.candidate_pairs:,}")
    same = ("left_id", "right_id", "pattern", "accepted")
    print("the same pairs:", all(later.pairs[name].equals(full.pairs[name]) for name in same), f"{len(full.pairs):,}")


def _with_other_telephones(rows: pa.Table) -> pa.Table:
    place = rows.column_names.index("phone")
    return rows.set_column(place, "phone", pc.binary_replace_slice(rows["phone"], 0, 3, "199"))


def _timed(name: str, work: Callable[[], T]) -> T:
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    print(f"{name}: {time.perf_counter() - wall:.2f} s, {time.process_time() - cpu:.2f} s of the processor", flush=True)
    return done


if __name__ == "__main__":
    main()
