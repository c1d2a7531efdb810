from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from stena.refusal import Refusal
from stena.text import lines, one_line
from stena.thread import slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from stena.source import Source
    from stena.word import Verdict

TEXT_LIMIT = 4000
NAME_LIMIT = 60
# In the order of the numbers in the database.
ReactionKind = Literal["love", "like", "laugh", "wow", "sad"]
REACTIONS: tuple[ReactionKind, ...] = get_args(ReactionKind)
NO_REACTIONS = (0,) * len(REACTIONS)
# Readers see `visible` messages only. `waiting`: not approved yet; `deleted`: by its author;
# `removed`: by a moderator.
State = Literal["visible", "waiting", "deleted", "removed"]
# The role in which a member of the team posted a message.
Badge = Literal["owner", "moderator"]
# Why only the place of a message is shown: the state that it would have without its replies.
Tombstone = Literal["waiting", "deleted", "removed"]
# How the author of a draft paid for it: `work` of the browser, `time` spent waiting, the answer to
# the owner's `question`; `look` lets the message wait for the owner instead.
Payment = Literal["work", "time", "question", "look"]


class Reaction(NamedTuple):
    """A reaction that somebody gives to a message, or takes back.

    Attributes:
        message: the message's id.
        kind: one of REACTIONS.
        author: the digest of the key.
        on: False to take it back, which costs nothing.
        is_suspect: whether a newcomer pays for it although the wall is calm.
        is_paid: whether its author took the step that was asked for.
        source: where it comes from, None if that is unknown.
    """

    message: int
    kind: str
    author: bytes
    on: bool
    is_suspect: bool = False
    is_paid: bool = False
    source: Source | None = None

    @property
    def act(self) -> bytes:
        """By what a ticket for it is known again."""
        return f"reaction\0{self.message}\0{self.kind}\0".encode() + self.author


# NamedTuples, because each post creates them: a frozen dataclass sets field by field.


class Message(NamedTuple):
    """A message of the wall.

    Attributes:
        id: increases in the order of commits.
        name: the name that the visitor typed, None for no name.
        created: aware, to the microsecond.
        edited: the time of the last edit, None for never.
        reply_to: the id of the message that this one answers.
        thread: the page to whose wall it belongs, empty for the main wall.
        replies: the number of visible replies.
        reactions: the number of each of REACTIONS.
        hue: a number that is the same for all messages of one browser; None without a key.
        tombstone: why the message is not shown, if only its place is, since it has replies; None
            for a message that is shown.
        badge: the role in which a member of the team posted it; None for a visitor's.
        pinned: whether it stands above the others of its wall.
        locked: whether its conversation takes no more replies.
        links: whether the addresses in its text are links.
    """

    id: int
    text: str
    name: str | None
    created: datetime
    edited: datetime | None = None
    reply_to: int | None = None
    thread: str = ""
    replies: int = 0
    reactions: tuple[int, ...] = NO_REACTIONS
    hue: int | None = None
    tombstone: Tombstone | None = None
    badge: Badge | None = None
    pinned: bool = False
    locked: bool = False
    links: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page of messages, newest first.

    Attributes:
        next: the id to pass as `before` for the next page, None on the last page.
        replies: the last few replies by the id of their message, oldest first.
        change: the number of the newest change that the page includes, if it is the newest page.
        thread: the page to whose wall it belongs, empty for the main wall.
        pinned: the messages above the others, if it is the newest page; the last pinned first.
            `messages` has them too, if they are new enough.
        notice: the words of the team above the form, if it is the newest page; mostly empty.
    """

    messages: list[Message]
    next: int | None
    replies: Mapping[int, list[Message]] = field(default_factory=dict)
    change: int = 0
    thread: str = ""
    pinned: Sequence[Message] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """A page of the replies to one message, oldest first.

    Attributes:
        next: the id to pass as `after` for the next page, None on the last page.
    """

    messages: list[Message]
    next: int | None


# What a visitor may do to a message: edit it; no longer, since the time is over; nothing.
Permission = Literal["granted", "expired", "denied"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A message with its replies, as one visitor sees it.

    Attributes:
        state: `waiting` or `removed` for the author, who alone sees the message then.
        own_reactions: the kinds of the visitor's own reactions.
        permission: whether the visitor may edit the message.
        minutes: for how many more, at least 1 where the permission ends.
        is_closed: whether it is too old for another reply.
        change: the number of the newest change that is certainly included.
        waits_for_link: whether it waits because of a link in it.
    """

    message: Message
    state: State
    replies: Replies
    own_reactions: AbstractSet[str]
    permission: Permission
    minutes: int
    is_closed: bool
    change: int
    waits_for_link: bool = False


class Draft(NamedTuple):
    """The fields that a visitor may set, validated by `Draft.of`.

    Attributes:
        author: the digest of the author's key, None without a key.
        link: the digest of the private link's key, None without a link.
        dedup_key: 32 bytes that identify a repeated draft, None without a nonce.
        by_team: whether a member of the team posts it: it never waits.
        badge: the role in which that member posts it, None for a post without a badge.
        has_link: whether an address in the text would be a link, which only the web layer knows.
        payment: how its author paid, None for not.
        is_suspect: whether a newcomer pays for it although the wall is calm.
        source: where it comes from; None if that is unknown, and for the team.
        by_browser: whether it came in a form, which a browser may send again.
    """

    text: str
    name: str | None
    reply_to: int | None = None
    thread: str = ""
    author: bytes | None = None
    link: bytes | None = None
    dedup_key: bytes | None = None
    by_team: bool = False
    badge: Badge | None = None
    has_link: bool = False
    payment: Payment | None = None
    is_suspect: bool = False
    source: Source | None = None
    by_browser: bool = False

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 -- one for each thing that a visitor sets
        cls,
        text: str,
        name: str | None = None,
        nonce: str | None = None,
        reply_to: int | None = None,
        thread: str | None = None,
        key: str | None = None,
        link: str | None = None,
        *,
        by_team: bool = False,
        badge: Badge | None = None,
        source: Source | None = None,
    ) -> Draft:
        """Normalise and validate what was typed.

        Raises:
            Refusal: text_empty, text_too_long, name_too_long, nonce_invalid,
                thread_invalid or key_invalid.
        """
        # First: a draft that is refused for its text is shown again on the wall of its thread.
        thread = slug(thread) if thread else ""
        text, name = _text(text), (_name(name) or None) if name else None
        return cls(
            text=text,
            name=name,
            reply_to=reply_to,
            thread=thread,
            dedup_key=_dedup_key(nonce, text, name, reply_to, thread),
            author=None if key is None else digest(key),
            link=None if link is None else digest(link),
            by_team=by_team,
            badge=badge,
            source=source,
        )

    def with_nonce(self, nonce: str) -> Draft:
        """The draft with an idempotency key, as if it had come with it."""
        name, above, thread = self.name, self.reply_to, self.thread
        return self._replace(dedup_key=_dedup_key(nonce, self.text, name, above, thread))


class Judged(NamedTuple):
    """A draft, and what the list of words says of it."""

    draft: Draft
    verdict: Verdict


def digest(key: str) -> bytes:
    """The 16 bytes that are stored of a key: enough to compare it, not to recover it.

    Raises:
        Refusal: key_invalid. Short keys are refused, since they could be guessed from the digest.
    """
    if not _KEY.fullmatch(key):
        raise Refusal("key_invalid", "key")
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def _text(typed: str) -> str:
    text = lines(typed)
    if not text:
        raise Refusal("text_empty", "text")
    if len(text) > TEXT_LIMIT:
        raise Refusal("text_too_long", "text", limit=TEXT_LIMIT, length=len(text))
    return text


def _name(typed: str) -> str:
    name = one_line(typed)
    if len(name) > NAME_LIMIT:
        raise Refusal("name_too_long", "name", limit=NAME_LIMIT, length=len(name))
    return name


def _dedup_key(
    nonce: str | None, text: str, name: str | None, reply_to: int | None, thread: str
) -> bytes | None:
    """A digest of the nonce, which is the idempotency key, and of the draft.

    The text is part of it because a browser that goes back shows the old form with the old nonce:
    another text in it is another message, which must not be lost.
    """
    if nonce is None:
        return None
    if not _NONCE.fullmatch(nonce):
        raise Refusal("nonce_invalid", "nonce")
    parts = [nonce, name or "", text]
    # Appended only off the main wall, so that digests from older releases stay the same.
    if reply_to or thread:
        parts += [str(reply_to or ""), thread]
    return hashlib.sha256("\0".join(parts).encode()).digest()


_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
