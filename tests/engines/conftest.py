"""The engines beside Chromium's: Firefox's and WebKit's, as Debian has them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.engines import firefox, webkit
from tests.engines.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.engines.webdriver import Session

ENGINES: dict[str, Callable[..., AbstractAsyncContextManager[Session]]] = {
    "firefox": firefox.running,
    "webkit": webkit.running,
}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
async def session(engine: str) -> AsyncGenerator[Session]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with ENGINES[engine](Path(folder), scripts=True) as session:
            yield session


@pytest.fixture(scope="session")
async def scriptless(engine: str) -> AsyncGenerator[Session]:
    """The same engine, which runs no script of a page."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with ENGINES[engine](Path(folder), scripts=False) as session:
            yield session


@pytest.fixture
async def visitor(session: Session) -> AsyncGenerator[Visitor]:
    async with new_here(session) as visitor:
        yield visitor


@pytest.fixture
async def visitor_without_scripts(scriptless: Session) -> AsyncGenerator[Visitor]:
    async with new_here(scriptless) as visitor:
        yield visitor


@asynccontextmanager
async def new_here(session: Session) -> AsyncGenerator[Visitor]:
    """A visitor whom no wall knows, with one window."""
    visitor = Visitor(session)
    await visitor.resize(800)
    yield visitor
    *others, first = await visitor.windows()
    for window in others:
        await visitor.look_at(window)
        await visitor.close_window()
    await visitor.look_at(first)
    # Cookies are the same for all ports of a machine, so the next wall would have them.
    await visitor.forget()
    await visitor.go("about:blank")
