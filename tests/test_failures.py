"""Provokes every failure in docs/publish.md and compares the output with the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.docs.pages import PUBLISH, prose, rows, spans
from tests.failures import database, serving, starting
from tests.failures.scene import Guarded, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from stena.store.database import Address
    from tests.failures.scene import Outcome

HEADINGS = ("## When it does not work", "## Если не работает")

# In the order of the table: the output, the exit code, the provocation. Without an exit code
# the wall goes on.
PROVOCATIONS: dict[str, tuple[int | None, Callable[[Scene], Outcome]]] = {
    "`the environment has no value for DATABASE_URL`": (2, starting.no_database_url),
    "`the environment has no value for PORT`": (2, starting.no_port),
    "`common.port`: `should be a valid integer`": (2, starting.port_that_is_no_number),
    "`should be less than or equal to 65535`": (2, starting.port_beyond_the_last),
    "`does not begin with postgres:// or postgresql://`": (2, starting.url_of_another_database),
    "`is not a URL; write a special character in the password as %XX`": (
        2,
        starting.url_with_a_bare_special_character,
    ),
    "`has a space or a line break in it`": (2, starting.url_with_a_line_break),
    "`has quotes around it`": (2, starting.url_in_quotes),
    "`has the parameter ssl`": (2, starting.url_for_another_driver),
    "`its sslrootcert is`, `which cannot be read`": (2, starting.certificate_that_is_not_there),
    "`there is no such key`": (2, starting.key_that_is_none),
    "`there is no such file`": (2, starting.file_that_is_not_there),
    "`There is no database: set postgres.database_url`": (2, starting.no_postgresql_to_start),
    "`--debug shows visitors the lines of the program`": (2, starting.debug_on_a_host),
    "`cannot be used: Address already in use`": (1, starting.port_that_is_taken),
    "`cannot be used: Cannot assign requested address`": (1, starting.address_of_another_machine),
    "`out_of_reach`: `the environment has PORT=`": (None, starting.another_port_than_the_hosts),
    "`out_of_reach`: `router cannot reach`": (None, starting.address_that_no_router_reaches),
    "`waiting_for_database`": (None, database.server_that_starts_slowly),
    "`The database cannot be used: gaierror`": (1, database.host_that_nobody_knows),
    "`The database cannot be used: ConnectionRefusedError`": (
        1,
        database.port_where_nobody_listens,
    ),
    "`The database cannot be used: TimeoutError`": (1, database.server_that_is_frozen),
    "`The database cannot be used: InvalidPasswordError`": (1, database.wrong_password),
    "`The database cannot be used: InvalidCatalogNameError`": (1, database.no_such_database),
    "`unrecognized configuration parameter`": (1, database.parameter_that_nobody_knows),
    "`rejected SSL upgrade`": (1, database.server_without_tls),
    "`no encryption`": (1, database.server_that_wants_tls),
    "`certificate verify failed`": (1, database.certificate_of_another_authority),
    "`The database cannot be used: TooManyConnectionsError`": (1, database.all_connections_taken),
    "`The database cannot be used: InsufficientPrivilegeError`": (
        1,
        database.user_who_may_not_read,
    ),
    "`The database cannot be used: a pooler in transaction mode`": (
        1,
        database.pooler_in_transaction_mode,
    ),
    "`Another process has been migrating this database`": (
        1,
        database.another_process_that_migrates,
    ),
    "`no migration is half-made: LockNotAvailableError`": (
        1,
        database.table_that_another_program_holds,
    ),
    "`no migration is half-made: DuplicateTableError`": (1, database.migration_that_fails_half_way),
    "`no migration is half-made: UntranslatableCharacterError`": (
        1,
        database.database_in_another_encoding,
    ),
    "`database_encoding`": (None, database.database_without_an_encoding),
    "`database_is_newer`": (None, database.database_of_a_newer_release),
    "`The wall is being set up.`": (None, serving.database_that_nobody_has_migrated),
    "`database_failed`; `The wall cannot reach its database.`": (
        None,
        serving.database_that_goes_away,
    ),
    "`database_failed`: `permission denied for table message`": (
        None,
        serving.database_that_takes_no_more,
    ),
    "`database_ended`, `database_does_not_start`": (None, serving.own_database_that_ends),
    "`origin_unknown`; `This came from another site.`": (None, serving.proxy_that_changes_host),
    "`Too many messages in a row.`": (None, serving.visitors_who_seem_to_be_one),
    "`few_files`": (None, serving.few_files),
    "`connections_closed`": (None, serving.more_connections_than_places),
    "`job_failed`": (None, serving.job_that_fails),
    "`times in a row`, `start the wall again`": (1, serving.job_that_always_fails),
    "`view_failed`; `Something broke on our side.`": (None, serving.view_with_a_bug),
}


@pytest.mark.parametrize("seen", PROVOCATIONS)
def test_a_failure_says_what_the_page_says_of_it(scene: Scene, seen: str) -> None:
    code, provoke = PROVOCATIONS[seen]
    outcome = provoke(scene)
    assert outcome.code == code, outcome.printed
    assert "correct-horse" not in outcome.printed
    if code is None:
        shown = outcome.printed
    else:
        assert "Traceback" not in outcome.printed
        # One line, the last; lines about waiting for the database may precede it.
        shown = outcome.printed.splitlines()[-1]
    assert [sentence for sentence in spans(seen) if sentence not in shown] == [], shown


@pytest.mark.parametrize(
    ("page", "heading"), [*zip(PUBLISH, HEADINGS, strict=True)], ids=["en", "ru"]
)
def test_every_failure_of_the_page_is_provoked_and_every_provocation_is_on_the_page(
    page: Path, heading: str
) -> None:
    _, _, section = prose(page).partition(f"\n{heading}\n")
    _, _, *table = rows(section.partition("\n## ")[0])
    assert [row[0] for row in table] == list(PROVOCATIONS)
    for row in table:
        assert len(row) == 3, row
        assert all(row), row


# -- their environment


@pytest.fixture
def scene(
    postgres: str, address: Address, empty_address: Address, guarded: Guarded, tmp_path: Path
) -> Scene:
    [folder] = parse_qs(urlsplit(postgres).query)["host"]
    socket = Path(folder) / ".s.PGSQL.5432"
    return Scene(tmp_path, address, empty_address, socket, guarded)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Generator[Guarded]:
    server = Guarded(tmp_path_factory.mktemp("guarded"))
    with server.open():
        yield server
