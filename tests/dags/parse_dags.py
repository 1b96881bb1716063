"""Parses the DAG files as Airflow's DAG processor does and prints what it found as one JSON object.

A program of its own, so that two parses share nothing, and Airflow's import stays out of the tests.
"""

import json
import sys
import time
from pathlib import Path


def main(dags: Path) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    heavy = ("polars", "pandas", "numba", "duckdb", "pyarrow", "recordlinkage", "matching")
    before = set(sys.modules)
    begun = time.process_time()
    bag = DagBag(dag_folder=str(dags), bundle_name="dags-folder")
    seconds = time.process_time() - begun
    imported = set(sys.modules) - before
    print(
        json.dumps(
            {
                "errors": {Path(path).name: text for path, text in bag.import_errors.items()},
                "dags": {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in sorted(bag.dags.items())},
                "files": {dag_id: Path(dag.fileloc).name for dag_id, dag in bag.dags.items()},
                "doc": {dag_id: dag.doc_md for dag_id, dag in bag.dags.items()},
                "heavy": sorted(name for name in heavy if name in imported),
                "seconds": seconds,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
