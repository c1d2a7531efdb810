"""A state in which a visitor or a member of the team can find a page, and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.browser.visitor import leave, quiet
from tests.owner import execute, make_code

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from tests.browser.walls import Place


async def nothing(page: Page) -> None:
    """Do nothing: the page as the server renders it."""


@dataclass(frozen=True, slots=True)
class State:
    """A page of a wall, after some action.

    Attributes:
        path: may refer to a labelled message: "/m/{talk}".
        act: the action of the visitor.
        cookies: the cookies of the browser.
        cut: the requests that are never answered.
        role: of the member who is signed in; empty for none.
        fresh: whether the sign-in lets the member change the team.
        part: the part in which this page differs from one of another state, where the rest of it
            is checked; empty for all of it.
    """

    name: str
    wall: str
    path: str = "/"
    act: Callable[[Page], Awaitable[None]] = nothing
    cookies: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    role: str = ""
    fresh: bool = True
    part: str = ""

    async def reach(self, page: Page, places: dict[str, Place]) -> None:
        """Bring an open page into this state from any other."""
        place = places[self.wall]
        if page.url.startswith("http"):
            await page.evaluate("localStorage.clear()")
        # First leave the page, so that pending requests are dropped rather than sent.
        await leave(page)
        await page.unroute_all(behavior="ignoreErrors")
        await page.context.clear_cookies()
        for name, value in self.cookies.items():
            known = value.format(**place.ids)
            await page.context.add_cookies([{"name": name, "value": known, "url": place.url}])
        if self.role:
            await be_signed_in(page, place, self.role, fresh=self.fresh)
        if self.cut:
            await page.route(self.cut, lambda route: route.abort())
        await page.goto(place.url + self.path.format(**place.ids))
        await self.act(page)
        await quiet(page)


async def be_signed_in(page: Page, place: Place, role: str, *, fresh: bool) -> None:
    assert place.address is not None
    await execute(
        place.address,
        # In the order in which they refer to each other.
        *(
            f"DELETE FROM {table}"  # noqa: S608 -- constants
            for table in (
                "report",
                "decision",
                "erasure",
                "session",
                "sign_in_code",
                "token",
                "passkey",
                "ban",
                "member",
            )
        ),
    )
    for name, their_role in (
        ("Борис", "owner"),
        ("A moderator with a long name " * 2, "moderator"),
    ):
        code = await make_code(place.address, name.strip(), their_role)  # type: ignore[arg-type]  # one of Role
        if their_role == role:
            await page.request.post(f"{place.url}/owner/sign-in", form={"code": code})
    if not fresh:
        await execute(place.address, "UPDATE session SET confirmed = NULL")
