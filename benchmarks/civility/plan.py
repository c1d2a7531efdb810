"""Which messages are posted when, and by whom: decided before the run by the seed alone."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from benchmarks.civility.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Spam = Literal["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"]
Honest = Literal["known", "newcomer", "without scripts", "one address", "Tor", "surge", "wish"]
Kind = Spam | Honest
SPAM: tuple[Spam, ...] = get_args(Spam)
HONEST: tuple[Honest, ...] = get_args(Honest)
# Those that come as a flood.
FLOODS: tuple[Spam, ...] = ("S1", "S2", "S3", "S4", "S5")
# How a sender is able to pay if the wall asks for it before it takes a message: with work of the
# machine, which needs scripts, or with time. Spammers but those of S5 do not pay.
Payment = Literal["work", "time"]

SPAM_A_MINUTE = 330
# The honest messages of a minute while spam is posted.
USUAL: dict[Honest, int] = {
    "known": 10,
    "newcomer": 12,
    "without scripts": 6,
    "one address": 10,
    "Tor": 6,
}
# People behind one address, on one exit of Tor, and with the same wish: each posts once.
CROWDS: dict[Honest, int] = {"one address": 30, "Tor": 20, "wish": 50}
# A link to the wall was passed around.
SURGE = 500
# One of so many of them has no scripts.
SURGE_WITHOUT_SCRIPTS = 20
# Of 198.18.0.0/15, which is reserved for benchmarks.
ADDRESSES = [f"198.18.{number // 250}.{number % 250 + 1}" for number in range(1000)]
ONE_ADDRESS, TOR, *OTHERS = ADDRESSES
# One spam message in so many comes from that exit of Tor.
SPAM_BY_TOR = 25
# Browsers that the owner approved before, and how many messages each has on the wall then.
KNOWN, EACH = 20, 3
# Keys of S8, how many messages each has posted before it sleeps, and at which steps.
SLEEPERS, SLEEP_AFTER = 20, (0, 1)


@dataclass(frozen=True, slots=True)
class Post:
    """A message that is to be posted.

    Attributes:
        at: in seconds from the start.
        key: of its browser; None for a browser without scripts that has no cookie yet.
        address: of its client.
        nonce: the idempotency key.
        link: the address in the text that spam is posted for.
        pays: how its sender can pay, None if the sender does not.
    """

    at: float
    kind: Kind
    text: str
    name: str | None
    key: str | None
    address: str
    nonce: str
    link: str | None = None
    pays: Payment | None = "work"

    @property
    def is_spam(self) -> bool:
        return self.kind in SPAM

    @property
    def has_scripts(self) -> bool:
        return self.pays != "time"


class Plan:
    """Plans the posts of one scenario."""

    def __init__(self, seed: int, scenario: str) -> None:
        # A scenario that is changed leaves the others as they are.
        self._dice = random.Random(f"{seed} {scenario}")  # noqa: S311 -- has to be repeatable
        self._texts = Texts(self._dice)
        self.known = [self._token() for _ in range(KNOWN)]
        self.sleepers = [self._token() for _ in range(SLEEPERS)]

    def before(self) -> list[Post]:
        """The first message of each browser that is known later."""
        return [self._honest("known", 0, key=key) for key in self.known]

    def page(self) -> list[Post]:
        """Further messages of known browsers, which fill the page."""
        return [self._honest("known", 0, key=key) for key in self.known * (EACH - 1)]

    def flood(self, kind: Spam, seconds: float, keys: Sequence[str] = ()) -> list[Post]:
        """Spam for so many seconds, with the usual honest messages between.

        Args:
            kind: of the spam.
            seconds: how long it goes on.
            keys: with which it is posted; else each message has a key of its own.
        """
        count = max(1, round(seconds * SPAM_A_MINUTE / 60))
        wave = self._wave(kind)
        spam = [
            self._spam(kind, self._moment(place, count, seconds), wave, keys)
            for place in range(count)
        ]
        return _in_order(spam + self._usual(seconds))

    def crowds(self, seconds: float) -> list[Post]:
        """Many people with one address, and with one wish; no spam."""
        wish = self._texts.wish()
        posts = self._usual(seconds)
        for kind, count in CROWDS.items():
            for place in range(count):
                post = self._honest(kind, self._moment(place, count, seconds))
                posts.append(replace(post, text=wish) if kind == "wish" else post)
        return _in_order(posts)

    def surge(self, seconds: float, share: float = 1) -> list[Post]:
        """Many newcomers within minutes; no spam. `share` is how many of SURGE come."""
        count = max(1, round(SURGE * share))
        return _in_order(
            self._honest(
                "surge",
                self._moment(place, count, seconds),
                has_scripts=place % SURGE_WITHOUT_SCRIPTS > 0,
            )
            for place in range(count)
        )

    def steps(self, count: int) -> list[list[Post]]:
        """The posts of each step in which hours pass: slow spam, and a few honest messages."""
        copies, links = self._wave("S6"), self._wave("S7")
        steps = []
        for number in range(count):
            posts = [self._spam("S6", 0, copies), self._spam("S7", 0, links)]
            posts += [self._honest(kind, 0) for kind in ("known", "newcomer", "without scripts")]
            if number in SLEEP_AFTER:
                posts += [self._asleep(key) for key in self.sleepers]
            steps.append(posts)
        return steps

    def probe(self) -> Post:
        """A newcomer who tries whether the wall is as usual."""
        return self._honest("newcomer", 0)

    def _usual(self, seconds: float) -> list[Post]:
        posts = []
        for kind, a_minute in USUAL.items():
            count = max(1, round(seconds * a_minute / 60))
            moments = [self._moment(place, count, seconds) for place in range(count)]
            posts += [self._honest(kind, moment) for moment in moments]
        return posts

    def _honest(
        self, kind: Honest, at: float, *, key: str | None = None, has_scripts: bool = True
    ) -> Post:
        address = {"one address": ONE_ADDRESS, "Tor": TOR}.get(kind) or self._dice.choice(OTHERS)
        key = key or (self._dice.choice(self.known) if kind == "known" else self._token())
        # A browser without scripts gets its key with the answer.
        bare = kind == "without scripts" or not has_scripts
        return Post(
            at,
            kind,
            text=self._texts.honest(),
            name=self._texts.name(),
            key=None if bare else key,
            address=address,
            nonce=self._token(),
            pays="time" if bare else "work",
        )

    def _asleep(self, key: str) -> Post:
        """A harmless message of a key that sends spam later. It is no spam when it is posted."""
        return self._honest("newcomer", 0, key=key)

    def _spam(
        self,
        kind: Spam,
        at: float,
        wave: Callable[[], tuple[str, str | None]],
        keys: Sequence[str] = (),
    ) -> Post:
        text, link = wave()
        by_tor = self._dice.randrange(SPAM_BY_TOR) == 0
        return Post(
            at,
            kind,
            text=text,
            name=self._texts.name(),
            key=self._dice.choice(keys) if keys else self._token(),
            address=TOR if by_tor else self._dice.choice(OTHERS),
            nonce=self._token(),
            link=link,
            pays="work" if kind == "S5" else None,
        )

    def _wave(self, kind: Spam) -> Callable[[], tuple[str, str | None]]:
        """What writes the texts of a wave, each with its link."""
        texts, handle = self._texts, self._texts.handle()
        if kind in {"S1", "S6"}:
            copy = texts.write("spam.copy", handle=handle)
            return lambda: (copy, None)
        if kind == "S2":
            return lambda: (texts.spun(handle), None)
        if kind in {"S3", "S7"}:
            return self._linked
        if kind == "S4":
            return lambda: (texts.gibberish(), None)
        return lambda: (texts.write("spam.different", handle=texts.handle()), None)

    def _linked(self) -> tuple[str, str]:
        link = self._texts.link()
        return self._texts.write("spam.link", link=link), link

    def _moment(self, place: int, count: int, seconds: float) -> float:
        """A random moment in the part of the time that belongs to this place."""
        return (place + self._dice.random()) * seconds / count

    def _token(self) -> str:
        return "".join(self._dice.choices(string.ascii_letters + string.digits, k=24))


def _in_order(posts: Iterable[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: post.at)
