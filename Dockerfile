# One image for every process; docker-compose.yml says which command each service runs.
FROM python:3.11-slim-bookworm AS packages
COPY requirements/app.txt /tmp/app.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/app.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data
# The folder is made for the user here, so that a fresh volume on it can be written.
RUN useradd --system --no-create-home --uid 10001 capi && install -d -o capi -m 700 /data /data/metrics
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
USER capi
EXPOSE 8000 8001 8002
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "error", "capi_admin.wsgi:application"]
