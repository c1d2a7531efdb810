"""A database URL that is mistyped is refused in one line, which has nothing of the password."""

from __future__ import annotations

import string

import pytest

from stena.config import Mistakes, load
from stena.refusal import Refusal
from stena.store.database import Address, Database
from stena.store.remedies import plainly

# Both halves of a password, around a character that may end it.
BEFORE, AFTER = "Xq7", "Zw9"
SHAPES = (
    "postgres://wall:{}@127.0.0.1:1/x",
    "postgres://wall:{}@127.0.0.1:1",
    "postgres://wall:a@{}@127.0.0.1:1/x",
    "postgres://wall:{}:b@127.0.0.1:1/x",
    "postgres://:{}@127.0.0.1:1/x",
    "postgres://127.0.0.1:1/x?user=wall&password={}",
    "postgres://wall:{}@127.0.0.1:1,127.0.0.1:2/x?target_session_attrs=primary",
    "postgres://wall:{}@127.0.0.1:port/x",
    "mysql://wall:{}@127.0.0.1:1/x",
)
CHARACTERS = [*string.punctuation, " ", "\t", "é", "п", "\uff11", "\u2028"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_no_part_of_a_password_is_shown(shape: str) -> None:
    for character in CHARACTERS:
        shown = await outcome(shape.format(f"{BEFORE}{character}{AFTER}"))
        assert shown, character
        assert "\n" not in shown, character
        assert BEFORE not in shown, character
        assert AFTER not in shown, character


async def outcome(url: str) -> str:
    """What an operator reads: the mistake in the setting, or the failure to connect."""
    try:
        settings = load(environment={"STENA_POSTGRES__DATABASE_URL": url, "PORT": "1"})
    except Mistakes as mistakes:
        return str(mistakes)
    async with Database.open(Address(settings.postgres.database_url), pool_size=1) as database:
        with pytest.raises(Refusal) as refused:
            await database.wait(0)
    assert refused.value.__cause__
    return plainly(refused.value.__cause__)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgres://u:p@h/x ", "has a space"),
        ("postgres://u:p@h/x\n", "has a space"),
        ("'postgres://u:p@h/x'", "has quotes around it"),
        ("“postgres://u:p@h/x”", "has quotes around it"),
        ("postgres://u:p@h/x?ssl=true", "write sslmode=require"),
        ("postgres://u:p@h/x?sslmode=on", "has an unknown sslmode; it is one of allow, disable"),
        ("postgres://u:p@h,i/x?target_session_attrs=rw", "has an unknown target_session_attrs"),
        ("postgres://u:p@h/x?sslmode", "is not a URL"),
        ("postgres://u:p#q@h/x", "is not a URL"),
        ("postgres://u:p/q@h/x", "is not a URL"),
        ("postgres://u:5/q@h/x", "is not a URL"),
        ("postgres://u:5?q@h/x", "is not a URL"),
        ("postgres://u:p@q@h/x", "is not a URL"),
        ("postgres://u:p@h:0/x", "is not a URL"),
        ("postgres://u:p@h:65536/x", "is not a URL"),
        ("postgres://u:p@h:5432:5433/x", "is not a URL"),
        ("postgres://u:p@[::1/x", "is not a URL"),
        ("postgres:/u:p@h/x", "does not begin with postgres://"),
        ("postgresql+asyncpg://u:p@h/x", "does not begin with postgres://"),
        ("h", "does not begin with postgres://"),
    ],
)
def test_each_mistake_is_named(url: str, what: str) -> None:
    with pytest.raises(Mistakes, match=what):
        load(environment={"STENA_POSTGRES__DATABASE_URL": url, "PORT": "1"})


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p%40%2F%23@h/x",
        "postgresql://u@h",
        "postgres://h/x",
        "postgres:///x?host=/run/postgresql",
        "postgres://postgres@/x?host=/run/postgresql&port=5432",
        "postgres://%2Frun%2Fpostgresql/x",
        "postgres://u:p@[2001:db8::1]:5432/x",
        "postgres://u:p@h1:5432,h2,[::1]:5433/x?target_session_attrs=read-write",
        "postgres://u:a:b@h/x?application_name=a%20b&sslmode=require",
        "",
    ],
)
def test_what_the_driver_can_read_is_taken(url: str) -> None:
    settings = load(environment={"STENA_POSTGRES__DATABASE_URL": url, "PORT": "1"})
    assert settings.postgres.database_url == url
