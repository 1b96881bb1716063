"""Before any test imports Airflow: it reads its settings, and makes its folders, when it is imported."""

import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="bangfu-airflow-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
