"""The page on which an owner sets the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import device, make_code, sign_in
from tests.web.calls import create, page, refused, submit
from tests.web.desk import let_wait, wait

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


class TestRules:
    async def test_an_owner_sets_them_and_they_hold_from_the_next_post(
        self, client: Client
    ) -> None:
        await let_wait(client, "closed")
        assert await refused(client, "create", text="x") == (403, "closed")
        assert (await submit(client, "/owner/rules/threads", thread="a/b", mode="all"))[0] == 303
        await wait(client, "x", thread="a/b")
        shown = await page(client, "/owner/rules")
        assert 'value="closed" checked' in shown
        assert '<option value="all" selected>' in shown
        assert (await submit(client, "/owner/rules/threads/remove", thread="a/b"))[0] == 303
        assert await refused(client, "create", text="x", thread="a/b") == (403, "closed")
        await let_wait(client, "open")
        await create(client, "x", thread="a/b")

    async def test_a_moderator_reads_them(self, client: Client, address: Address) -> None:
        await submit(client, "/owner/rules/threads", thread="a/b", mode="all")
        async with device(client) as phone:
            await sign_in(phone, await make_code(address, "Anna", "moderator"))
            shown = await page(phone, "/owner/rules")
            assert "a/b" in shown
            assert 'name="mode"' not in shown
            for path in ("", "/threads", "/threads/remove"):
                sent = await submit(phone, f"/owner/rules{path}", thread="a/b", mode="closed")
                assert (sent[0], "Only an owner" in sent[1]) == (403, True)
        assert '<option value="all" selected>' in await page(client, "/owner/rules")

    @pytest.mark.parametrize("name", ["", " ", "a b"])
    async def test_a_name_that_no_page_can_have_is_refused_beside_it(
        self, client: Client, name: str
    ) -> None:
        status, shown = await submit(client, "/owner/rules/threads", thread=name, mode="closed")
        assert (status, 'aria-invalid="true"' in shown) == (422, True)
        assert 'value="open" checked' in shown
        await create(client, "the main wall is open")
