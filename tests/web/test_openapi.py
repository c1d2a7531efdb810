from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, running
from tests.web.moderating import SIGNED, make_token

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

# At most, for each operation.
EXAMPLES = 60


@pytest.fixture
async def token(address: Address) -> None:
    await make_token(address)


@pytest.mark.longest
@pytest.mark.usefixtures("token")
def test_a_thousand_requests_made_from_the_document_find_nothing(
    tmp_path: Path, address: Address
) -> None:
    seed = os.environ.get("SEED") or secrets.randbelow(1_000_000)
    # Without limits, of which the requests would use up one and meet nothing else.
    with running(
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        STENA_WALL__POSTS_PER_MINUTE="0",
        STENA_WALL__READS_PER_MINUTE="0",
    ) as program:
        found = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{program.url}/api/openapi.json",
                f"--header=Authorization: {SIGNED['Authorization']}",
                f"--max-examples={EXAMPLES}",
                f"--seed={seed}",
                # Which texts are acceptable (what is left after trimming, whether there is ink
                # in it) is more than a schema can say, so a valid body may be refused.
                "--exclude-checks=positive_data_acceptance",
                # A stream has no end to wait for; tests/web/test_stream.py and
                # tests/web/test_team_streams.py read them.
                "--exclude-path=/api/messages.stream",
                "--exclude-path=/api/moderation.stream",
                # A busy machine may take longer than the ten seconds of the default.
                f"--request-timeout={PATIENCE}",
                "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stdout
        assert "view_failed" not in program.log


async def test_the_document_and_the_routes_name_the_same_paths(client: Client) -> None:
    answer = await client.get("/api/openapi.json")
    documented = set((await answer.json())["paths"])
    assert client.app is not None
    routed = {
        resource.canonical
        for resource in client.app.router.resources()
        if not resource.canonical.startswith("/owner")
    }
    for_people = {
        "/",
        "/api",
        "/live",
        "/messages",
        "/m/{id}",
        "/mine",
        "/privacy",
        "/metrics",
        "/m/{id}/edit",
        "/m/{id}/delete",
        "/m/{id}/reactions",
        "/m/{id}/report",
        "/edit/{id}",
        "/static/{name}",
        "/embed",
        "/embed.js",
        "/embed/m/{id}",
        "/embed/m/{id}/delete",
        "/embed/m/{id}/edit",
        "/embed/m/{id}/reactions",
        "/embed/m/{id}/report",
        "/embed/messages",
        "/feed.atom",
        "/feed.json",
        "/robots.txt",
        "/sitemap.xml",
        "/sitemap-{number}.xml",
        # Answers where no other route does.
        "/{path}",
        "/search",
    }
    assert documented == routed - for_people
