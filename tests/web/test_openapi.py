from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.program import running

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

EXAMPLES = 250


@pytest.mark.longest
def test_a_thousand_requests_made_from_the_document_find_nothing(
    tmp_path: Path, address: Address
) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        found = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{program.url}/api/openapi.json",
                f"--max-examples={EXAMPLES}",
                # Which texts are acceptable (what is left after trimming, whether there is ink
                # in it) is more than a schema can say, so a valid body may be refused.
                "--exclude-checks=positive_data_acceptance",
                # A stream has no end to wait for; tests/web/test_stream.py reads it.
                "--exclude-path=/api/messages.stream",
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
