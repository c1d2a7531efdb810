"""Who is shown the pages of the desk, and which forms they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import device, make_code, sign_in
from tests.web.calls import create, listed, submit

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


PAGES = ("/owner/wall", "/owner/removed", "/owner/log", "/owner/rules")
FORMS = (
    *("/owner/waiting/decide", "/owner/wall/decide", "/owner/removed/decide"),
    *("/owner/waiting/undo", "/owner/log/undo"),
    *("/owner/rules", "/owner/rules/threads", "/owner/rules/threads/remove"),
)


async def test_nothing_is_shown_or_decided_without_a_session(client: Client) -> None:
    message = await create(client, "hello")
    sent = {"oldest": str(message["id"]), "newest": str(message["id"]), "action": "remove"}
    async with device(client) as stranger:
        for path in PAGES:
            answer = await stranger.get(path, allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (303, "/owner"), path
        for path in FORMS:
            form = {**sent, "decision": "1", "thread": "x", "mode": "closed"}
            assert (await submit(stranger, path, **form))[0] == 403, path
    assert len(await listed(client)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"oldest": "1", "newest": "1"},
        {"oldest": "1", "newest": "1", "action": "delete"},
        {"oldest": "x", "newest": "1", "action": "remove"},
        {"oldest": "1", "newest": "9" * 30, "action": "remove"},
    ],
)
async def test_a_form_that_no_page_has_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert (await submit(client, "/owner/wall/decide", **fields))[0] == 400
    assert (await submit(client, "/owner/nothing/decide", **fields))[0] in {404, 405}


@pytest.mark.parametrize("path", ["/owner", *PAGES])
async def test_every_page_is_stored_nowhere_and_listed_nowhere(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
