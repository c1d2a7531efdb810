"""The clock of the wall's machine is wrong, or is set while it serves; the database's is right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from tests.program import PATIENCE, get, post, running
from tests.set_clock import Clock
from tests.test_kill import on_the_wall
from tests.web.calls import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

JSON = "application/json"


def test_a_clock_that_is_set_back_and_forth_by_hours_changes_nothing(
    tmp_path: Path, address: Address
) -> None:
    clock = Clock(tmp_path / "clock")
    variables: dict[str, Any] = clock.variables
    with (
        running(errors=tmp_path / "log", DATABASE_URL=address.url, **variables) as wall,
        urlopen(f"{wall.url}/api/messages.stream", timeout=PATIENCE) as stream,  # noqa: S310 -- our own http:// address
    ):
        shown: set[str] = set()
        for place, offset in enumerate(("+0", "+5h", "-7h", "+0")):
            clock.set(offset)
            body = json.dumps({"text": f"message {place}", "key": KEY}).encode()
            status, answer = post(f"{wall.url}/api/messages.create", body, JSON)
            assert status == 201, answer
            number = json.loads(answer)["message"]["id"]
            # The author may still edit it: the time is the database's.
            body = json.dumps({"id": number, "text": f"edited {place}", "key": KEY}).encode()
            assert post(f"{wall.url}/api/messages.edit", body, JSON)[0] == 200
            texts: set[str] = set()
            while texts != {f"message {place}", f"edited {place}"}:
                line = stream.readline()
                if line.startswith(b"data: {"):
                    texts.add(json.loads(line[6:])["text"])
            with urlopen(wall.url) as page:  # noqa: S310 -- as above
                shown.add(page.headers["Date"][17:19])
        assert len(shown) == 3, "libfaketime had no effect"
        assert on_the_wall(wall.url) == [f"edited {place}" for place in (3, 2, 1, 0)]
        assert get(f"{wall.url}/readyz")[0] == 200
        assert "job_failed" not in wall.log
