# ClipFlow in one container: web server and worker, SQLite, everything that is kept under /data.
# Debian 13 carries an ffmpeg without the holes of the one in Debian 12.
FROM python:3.11-slim-trixie AS build

WORKDIR /app
COPY requirements.txt package.json package-lock.json ./
COPY scripts/set_up.py ./scripts/
# The CPU build of torch; where pip would bring the one for graphics cards, set_up.py takes it with uv.
RUN python scripts/set_up.py image /venv \
    && find /venv -name __pycache__ -type d -prune -exec rm -rf {} +

FROM python:3.11-slim-trixie

# Versions are not pinned, so that a new build takes Debian's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg postgresql-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin clipflow \
    && install -d -o clipflow -g clipflow -m 0750 /data

COPY --from=build /venv /venv
WORKDIR /app
COPY run.py ./
COPY clipflow ./clipflow
COPY templates ./templates
COPY static ./static
COPY --from=build /app/static/vendor ./static/vendor

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000

USER 10001:10001
VOLUME /data
EXPOSE 8000
# A running job goes back to the queue and requests in flight are answered within this.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "run.py", "health"]

# tini reaps what ffmpeg leaves, and passes signals on.
ENTRYPOINT ["tini", "--", "python", "run.py"]
CMD ["serve"]
