from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from stena.links import MOST_LINKS, Home, Links, Origins
from stena.settings.section import Section, TimeZone

# Any host has room for so many live readers in one process.
FEWEST_READERS = 1000
# So long that nobody guesses it, if it is random.
SHORTEST_CODE = 20


def _colour(written: str) -> str:
    if written and not re.fullmatch("#[0-9a-fA-F]{6}", written):
        raise ValueError("is not a colour of the form #rrggbb")
    return written.lower()


def _owner_code(written: str) -> str:
    # Spaces and hyphens do not count when it is typed, and so not here.
    if written and sum(map(str.isalnum, written)) < SHORTEST_CODE:
        raise ValueError(f"has fewer than {SHORTEST_CODE} letters and digits")
    return written


def _answer(written: str, info: ValidationInfo) -> str:
    # Missing if it has a mistake of its own.
    question = info.data.get("question")
    if question is not None and bool(question.strip()) != bool(written.strip()):
        raise ValueError("does not go with wall.question: set both, or neither")
    return written


class Wall(Section):
    """The page."""

    title: str = Field(
        "",
        max_length=100,
        description="The heading of the page. Empty: “The wall” in the visitor's language.",
        examples=["The wall of our yard"],
    )
    introduction: str = Field(
        "",
        max_length=500,
        description=(
            "The text below the heading. Empty: a sentence in the visitor's language that invites "
            "visitors to write."
        ),
        examples=["News and questions of those who live in our yard."],
    )
    accent: Annotated[str, AfterValidator(_colour)] = Field(
        "",
        description=(
            "The colour of the button, of highlighted elements and of the sky at the top, as "
            "`#rrggbb`. It is darkened or lightened where text would be unreadable. Default: the "
            "built-in red."
        ),
        examples=["'#2f6f4f'"],
    )
    links: Links = Field(
        (),
        max_length=MOST_LINKS,
        description=(
            "Links at the foot of each page: a list of entries with `name` and `url`, or one "
            "string, `Name https://…; Name mailto:…`."
        ),
        examples=["Our rules https://yard.example/rules; Write to us mailto:us@yard.example"],
    )
    url: Home = Field(
        "",
        description=(
            "The public address of the wall, `https://wall.example` or "
            "`https://example.com/wall`, for feeds, search engines, link previews, the QR code of "
            "`/live`, passkeys, and to know posts of the wall's own page where a proxy changes "
            "`Host`. Empty: the address that each request used."
        ),
        examples=["https://wall.example"],
    )
    language: Literal["en", "ru"] = Field(
        "en",
        description="The language for visitors whose browser asks for neither of the two.",
        examples=["ru"],
    )
    posts_per_minute: int = Field(
        600,
        ge=0,
        description=(
            "The rate limit: how many messages a minute one IP address may post; edits, deletions "
            "and reactions count too, and what is refused. 0: no limit. A whole school may share "
            "one address."
        ),
        examples=["600"],
    )
    free_posts_per_minute: int = Field(
        30,
        ge=0,
        description=(
            "How many messages a minute one IP address may post before each further one of a "
            "newcomer costs a step, as while the wall is flooded; one browser a third of that, and "
            "one network five times as many. Reactions and reports are counted apart, in "
            "proportion to it. 0, or no rate limit: all are free."
        ),
        examples=["30"],
    )
    brake: bool = Field(
        default=True,
        description=(
            "Whether the wall holds newcomers back by itself while too many of them write at once, "
            "or many write the same. An owner can do so in any case."
        ),
        examples=["false"],
    )
    reads_per_minute: int = Field(
        2400,
        ge=0,
        description=(
            "The rate limit for reading: how many pages a minute one IP address may have made for "
            "it. What is in memory does not count, as the newest page; a search counts by the time "
            "that it takes. 0: no limit."
        ),
        examples=["2400"],
    )
    edit_minutes: int = Field(
        15,
        ge=0,
        le=100_000,
        description=(
            "For how many minutes the browser that posted a message may edit or delete it. The "
            "private link of the message has no time limit."
        ),
        examples=["15"],
    )
    origins: Origins = Field(
        (),
        description=(
            "Which sites may embed the wall in their pages: a list, or one string with spaces "
            "between the sites. `*`: any site. Empty: none."
        ),
        examples=["https://blog.example"],
    )
    readers: int = Field(
        10_000,
        ge=0,
        le=100_000,
        description=(
            "How many live streams one process serves, a quarter of them for readers at one IP "
            "address. The pages of further readers poll instead."
        ),
        examples=["10000"],
    )
    owner_code: Annotated[str, AfterValidator(_owner_code)] = Field(
        "",
        max_length=1000,
        repr=False,
        description=(
            "For a host where no command can be run: a long random code with which the owner signs "
            "in at `/owner`, once; at least 20 letters and digits. Remove it afterwards. Another "
            "code works once more."
        ),
        examples=["openssl rand -hex 16"],
    )
    question: str = Field(
        "",
        max_length=200,
        description=(
            "A question whose answer those know for whom the wall is. While the wall is flooded, "
            "newcomers may answer it instead of proving work or waiting. With `wall.answer`."
        ),
        examples=["How many windows has our house?"],
    )
    answer: Annotated[str, AfterValidator(_answer)] = Field(
        "",
        max_length=200,
        repr=False,
        validate_default=True,
        description=(
            "The answer to `wall.question`. Capital letters and spaces at the ends do not count."
        ),
        examples=["twelve"],
    )
    time_zone: TimeZone = Field(
        "UTC",
        description="The time zone of the times on a page without scripts, and in alerts.",
        examples=["Europe/Moscow"],
    )

    @property
    def expected_readers(self) -> int:
        """How many live readers need room: many hosts allow fewer than the default."""
        return self.readers if "readers" in self.model_fields_set else FEWEST_READERS
