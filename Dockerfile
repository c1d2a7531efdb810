ARG BASE=python:3.11-slim-bookworm

# The packages that the wall needs: built again only when pyproject.toml or uv.lock change.
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
# The lock is one that anybody may write to.
RUN uv sync --frozen --no-default-groups --compile-bytecode && rm -f /opt/venv/.lock

# The code: readable whatever the umask of whoever builds, compiled because a read-only root
# cannot keep what Python would compile at each start.
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
# A number, so that a host that refuses root sees that this is not root.
USER 10001:10001
CMD ["./run.sh"]
