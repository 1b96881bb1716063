# One image for the portal, the command line and every Airflow component, from the hashed lock.
FROM python:3.11.13-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba-cache

WORKDIR /opt/bangfu
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
COPY .ci/bootstrap .ci/bootstrap
COPY schemas schemas
COPY matching matching
COPY plugins plugins
COPY dags dags

RUN VENV=/opt/venv UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1 bash .ci/bootstrap \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bangfu \
 && install --directory --owner 10001 --group 10001 /var/lib/bangfu /var/lib/airflow

USER 10001:10001
CMD ["bangfu", "--help"]
