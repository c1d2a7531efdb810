from __future__ import annotations

import logging
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Literal

import structlog

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import ExcInfo, Processor

ABOUT_CODE = (AttributeError, ImportError, NameError, TypeError)

Format = Literal["auto", "text", "json"]


def set_up(form: Format, level: str) -> None:
    """Log one line for each event to standard error, from our code and from libraries."""
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if as_text else "iso", utc=not as_text),
    ]
    render: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_print)]
        if as_text
        else [
            structlog.processors.ExceptionRenderer(_without_words),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(level.upper())
    # uvloop reports a failed name lookup that we no longer wait for.
    logging.getLogger("asyncio").addFilter(
        lambda record: not (record.exc_info and isinstance(record.exc_info[1], socket.gaierror))
    )
    # Of all that Alembic logs, an operator needs only the migrations that it ran.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    logging.getLogger("alembic.runtime.migration").addFilter(
        lambda record: record.getMessage().startswith("Running")
    )


def _without_words(exc_info: ExcInfo) -> str:
    """The frames and the classes of the errors, and the messages of errors about code.

    Messages of other errors may quote their input, which may be a visitor's message.
    """
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        frames = traceback.format_tb(error.__traceback__)
        kind = type(error).__qualname__
        words = f"{kind}: {error}" if isinstance(error, ABOUT_CODE) else kind
        parts.insert(0, "".join([*frames, words]))
        error = error.__cause__ or error.__context__
    return "\nand then\n".join(parts)


def _print(stream: TextIO, exc_info: ExcInfo) -> None:
    stream.write("\n" + _without_words(exc_info))
