"""What a process that serves a test's wall has done before.

The tests' own imports this; where the others are forked it is preloaded, so none does it again.
"""

from __future__ import annotations

import gc

import structlog

from stena.app import create_app
from stena.settings import Settings
from stena.store.database import Address

# structlog's own way shows all local variables of all frames: half a second for each error.
*_before, _ = structlog.get_config()["processors"]
structlog.configure(
    processors=[
        *_before,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
# The files are packed now, and the page on the API is read.
create_app(Settings(), Address("postgres://nobody@127.0.0.1:1/nothing"))
# Else the garbage collector of each process that is forked visits all of it once more.
gc.collect()
gc.freeze()
