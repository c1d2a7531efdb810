"""The figures of the defense, as a program of the team reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.flooding import eventually
from tests.web.moderating import SIGNED

if TYPE_CHECKING:
    from tests.web.calls import Asking


async def figures(asking: Asking, **query: int) -> dict[str, int]:
    """What was counted, without what was not: {"rules waited": 3}."""
    answer = await asking.get("/api/moderation.figures", params=query, headers=SIGNED)
    assert answer.status == 200, await answer.text()
    found = (await answer.json())["figures"]
    return {
        f"{layer} {outcome}": count
        for layer, counts in found.items()
        for outcome, count in counts.items()
        if count
    }


async def until_counted(asking: Asking, **expected: int) -> None:
    """Wait until exactly this was counted, such as rules_waited=3."""
    wanted = {name.replace("_", " "): count for name, count in expected.items()}
    seen: list[dict[str, int]] = []

    async def is_counted() -> bool:
        seen[:] = [await figures(asking)]
        return seen == [wanted]

    try:
        await eventually(is_counted)
    except TimeoutError:
        assert seen == [wanted]
