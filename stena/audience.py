from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

# A process that has not announced its readers for so long has ended.
EXPIRY_SECONDS = 10.0
# Of each browser so many bytes are kept: enough to tell a million of them apart.
DIGEST_BYTES = 5
# A process that has more readers announces their number alone, since a notification has 8,000 bytes
# at most.
MOST_NAMED = 1000


class _Elsewhere(NamedTuple):
    """The readers of another process, and when it announced them.

    Attributes:
        number: of those that it does not name.
    """

    browsers: frozenset[bytes]
    number: int
    announced: float


class Audience:
    """The number of browsers that read, in this process and in the others on the same database.

    A browser may have several streams: of several walls, of tabs that cannot share one, or for some
    seconds at two processes of which one was killed. So a stream comes with a random name of its
    browser; a digest of it is kept for as long as the stream is open.

    Attributes:
        name: identifies this process to the others.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(4)
        self._clock = clock
        # How many streams each browser has here, and in how many processes it has any.
        self._here: Counter[bytes] = Counter()
        self._places: Counter[bytes] = Counter()
        self._elsewhere: dict[str, _Elsewhere] = {}

    def enter(self, reader: str | None) -> bytes:
        """Count a stream of the browser with this name; without a name it counts by itself.

        Returns:
            With what to call `leave`.
        """
        if reader is None:
            browser = secrets.token_bytes(DIGEST_BYTES)
        else:
            browser = hashlib.blake2b(reader.encode(), digest_size=DIGEST_BYTES).digest()
        self._here[browser] += 1
        if self._here[browser] == 1:
            self._places[browser] += 1
        return browser

    def leave(self, browser: bytes) -> None:
        self._here[browser] -= 1
        if not self._here[browser]:
            del self._here[browser]
            self._remove([browser])

    def update(self, name: str, number: int, named: bytes = b"") -> None:
        """Record what a process announced: the number of its browsers, and as `named` here."""
        if name != self.name:
            places = range(0, len(named), DIGEST_BYTES)
            browsers = frozenset(named[place : place + DIGEST_BYTES] for place in places)
            self._forget(name)
            self._places.update(browsers)
            self._elsewhere[name] = _Elsewhere(browsers, number - len(browsers), self._clock())

    @property
    def here(self) -> int:
        """The number of browsers that read in this process."""
        return len(self._here)

    @property
    def named(self) -> bytes:
        """The digests of these browsers, if they are few enough to be announced."""
        return b"".join(self._here) if len(self._here) <= MOST_NAMED else b""

    @property
    def total(self) -> int:
        now = self._clock()
        for name, elsewhere in list(self._elsewhere.items()):
            if now - elsewhere.announced > EXPIRY_SECONDS:
                self._forget(name)
        return len(self._places) + sum(other.number for other in self._elsewhere.values())

    def _forget(self, name: str) -> None:
        if known := self._elsewhere.pop(name, None):
            self._remove(known.browsers)

    def _remove(self, browsers: frozenset[bytes] | list[bytes]) -> None:
        for browser in browsers:
            self._places[browser] -= 1
            if not self._places[browser]:
                del self._places[browser]
