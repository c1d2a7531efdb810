"""The error line for each database error, and what the operator can do about it."""

from __future__ import annotations

import socket
import ssl

import asyncpg

MAY_NOT = (
    "Grant the rights to the user in postgres.database_url, as the owner: GRANT ALL ON SCHEMA "
    "public TO name; GRANT ALL ON ALL TABLES IN SCHEMA public TO name;"
)

SILENT = "The database cannot be used"
POOLED = "a pooler in transaction mode stands before it, where LISTEN hears nothing"
UTF8 = (
    "Move it to one with all letters: createdb --template=template0 --encoding=UTF8 "
    "--locale=C.UTF-8 NEW, then pg_dump OLD | psql NEW."
)
DO_NOT_LISTEN = "Set STENA_POSTGRES__LISTEN=false, or the pooler to session mode."


def plainly(error: BaseException) -> str:
    """One line for an operator, without the password.

    PostgreSQL's messages have none, but those about a URL that cannot be read may quote it.
    """
    if isinstance(error, _ABOUT_THE_URL) and not isinstance(error, ssl.SSLError):
        return type(error).__name__
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def remedy(error: BaseException) -> str:
    """One sentence: what the operator can do."""
    if _has_no_tls(error):
        return (
            "The server has no TLS, and postgres.require_ssl is true: set it to false only on a "
            "network where nobody can read the traffic."
        )
    if "pg_hba.conf" in str(error):
        # The class is that of a wrong user, but the user may be right.
        return (
            "If it says “no encryption”, set STENA_POSTGRES__REQUIRE_SSL=true; else allow this "
            "machine in pg_hba.conf on the server."
        )
    if "unsupported startup parameter" in str(error):
        # A pooler's, and the class is that of any breach of the protocol.
        return "Remove that parameter from the end of postgres.database_url."
    for kinds, sentence in _REMEDIES:
        if isinstance(error, kinds):
            return sentence
    return "Check postgres.database_url and the log of PostgreSQL."


def is_hopeless(error: BaseException | None) -> bool:
    """Whether a retry cannot help."""
    return _has_no_tls(error) or isinstance(
        error,
        asyncpg.InvalidAuthorizationSpecificationError
        | asyncpg.InvalidCatalogNameError
        | asyncpg.UndefinedObjectError
        | asyncpg.ClientConfigurationError
        # A URL that cannot be parsed; a certificate that fails verification is a ValueError too.
        | ValueError,
    )


def _has_no_tls(error: BaseException | None) -> bool:
    # asyncpg has no class of its own for this.
    return isinstance(error, ConnectionError) and "rejected SSL" in str(error)


_ABOUT_THE_URL = (ValueError, asyncpg.ClientConfigurationError)
_REMEDIES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        (
            "The user or the password in postgres.database_url is wrong or was changed: copy the "
            "current URL from where the database was created."
        ),
    ),
    (
        asyncpg.InvalidCatalogNameError,
        "Create that database, or correct the name at the end of postgres.database_url.",
    ),
    (asyncpg.InsufficientPrivilegeError, MAY_NOT),
    (
        asyncpg.UndefinedObjectError,
        "Remove that parameter from the end of postgres.database_url.",
    ),
    (
        (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError),
        "Migrate the database: python -m stena migrate",
    ),
    (socket.gaierror, "Correct the host in postgres.database_url: its name does not resolve."),
    (
        ConnectionRefusedError,
        "Start PostgreSQL there, or correct host and port in postgres.database_url.",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "All its connections are in use: lower postgres.pool_size, or stop other users of them.",
    ),
    # Another client of the pooler has prepared a statement of that name, or this one has gone.
    (
        (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError),
        DO_NOT_LISTEN,
    ),
    (asyncpg.UntranslatableCharacterError, UTF8),
    (
        asyncpg.LockNotAvailableError,
        "Another program has locked a table that must change: try again when it is done.",
    ),
    (
        (asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError),
        (
            "An object of another program has that name: rename it, or give the wall a database "
            "of its own in postgres.database_url."
        ),
    ),
    (
        ssl.SSLCertVerificationError,
        (
            "The certificate is not for the host in postgres.database_url, or not signed by the "
            "authority in its sslrootcert: correct the URL."
        ),
    ),
    (
        asyncpg.TargetServerAttributeNotMatched,
        "Promote a standby (pg_ctl promote), or start the primary: no host can be written to.",
    ),
    (
        TimeoutError,
        (
            "The server hangs, or a firewall blocks the way: check that PostgreSQL runs at the "
            "host in postgres.database_url and accepts this machine."
        ),
    ),
)
