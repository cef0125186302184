# Vigie in a container: two stages, no shell step in the second, no root, hashed locks.
#
#   docker build -t vigie .
#   docker run --stop-timeout 90 --read-only --publish 127.0.0.1:9464:9464 --volume ./vigie.yml:/etc/vigie/vigie.yml:ro \
#     --volume ./secrets:/run/secrets:ro --volume vigie:/var/lib/vigie vigie
#
# The port has no login of its own: publish it on loopback, behind a proxy, or on a network of your own.
# The secrets, one file each, belong to the user 10001 and to nobody else (chmod 0400); vigie.yml names them {file: /run/secrets/NAME}.
# In /etc/vigie/vigie.yml: `listen: 0.0.0.0:9464` (from outside the container 127.0.0.1 is not reached) and
# `store: /var/lib/vigie/vigie.db` (the only place that it may write to). Keep that volume: it is the ledger.
# --stop-timeout: `drain:` (45s unless vigie.yml says otherwise) and time to spare; Docker's own is 10 s.

FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# What changes rarely comes first: an edit of the code installs nothing again.
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/vigie \
    && /opt/vigie/bin/python -m pip install --require-hashes -r requirements.lock
RUN python -m pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY config config
COPY dashboards dashboards
COPY exporters exporters
COPY probe probe
COPY simulator simulator
RUN python -m hatchling build --target wheel --directory /src/dist \
    && /opt/vigie/bin/python -m pip install --no-deps --no-index /src/dist/*.whl \
    && /opt/vigie/bin/python -m pip uninstall --yes pip setuptools \
    && /opt/vigie/bin/vigie --version \
    && mkdir -p /var/lib/vigie

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Vigie" \
      org.opencontainers.image.description="Availability monitor for FranceConnect and other OpenID Connect hubs" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/vigie /opt/vigie
COPY --from=build --chown=10001:10001 /var/lib/vigie /var/lib/vigie
ENV PATH=/opt/vigie/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VIGIE_CONFIG=/etc/vigie/vigie.yml \
    VIGIE_HEALTH_URL=http://127.0.0.1:9464/healthz
WORKDIR /var/lib/vigie
VOLUME /var/lib/vigie
USER 10001:10001
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['VIGIE_HEALTH_URL'], timeout=4)"]
ENTRYPOINT ["vigie"]
CMD ["run"]
