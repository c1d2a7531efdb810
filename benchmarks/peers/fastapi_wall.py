"""A wall with the same two endpoints on FastAPI, SQLAlchemy and asyncpg, to compare throughput.

Each request has its own session, and pydantic models parse the input and write the response. The
program creates the table in the database of DATABASE_URL if needed. It prints its address first.

    DATABASE_URL=postgresql://postgres@localhost/peer python -m benchmarks.peers.fastapi_wall
"""

# Without `from __future__ import annotations`: the libraries read annotations at run time.

import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import BigInteger, DateTime, Identity, String, Text, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

POOL_SIZE = 5  # the default of the wall
LARGEST_ID = 2**63 - 1  # of a bigint
# PostgreSQL cannot store NUL in a text.
Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "message"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(60))
    created: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Draft(BaseModel):
    text: Annotated[Words, Field(min_length=1, max_length=4000)]
    name: Annotated[Words, Field(max_length=60)] | None = None


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    text: str
    name: str | None
    created: datetime


class Page(BaseModel):
    messages: list[Shown]
    next: int | None


class Created(BaseModel):
    message: Shown


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, object]]:
    url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield {"sessions": async_sessionmaker(engine, expire_on_commit=False)}
    finally:
        await engine.dispose()


async def session(request: Request) -> AsyncGenerator[AsyncSession]:
    sessions: async_sessionmaker[AsyncSession] = request.state.sessions
    async with sessions() as session:
        yield session


# The connection returns to the pool before the response is written, not after.
Session = Annotated[AsyncSession, Depends(session, scope="function")]
app = FastAPI(lifespan=lifespan)


@app.get("/api/messages.list")
async def list_messages(
    session: Session,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page:
    # One more row than the page shows whether there is a next page.
    newest = select(Message).order_by(Message.id.desc()).limit(limit + 1)
    if before is not None:
        newest = newest.where(Message.id < before)
    found = (await session.scalars(newest)).all()
    messages = [Shown.model_validate(message) for message in found[:limit]]
    return Page(messages=messages, next=messages[-1].id if len(found) > limit else None)


@app.post("/api/messages.create", status_code=201)
async def create_message(draft: Draft, session: Session) -> Created:
    message = Message(text=draft.text, name=draft.name)
    session.add(message)
    await session.commit()
    return Created(message=Shown.model_validate(message))


class Server(uvicorn.Server):
    """Print the address, with the port, when the server accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("http://{}:{}".format(*self.servers[0].sockets[0].getsockname()), flush=True)


def main() -> None:
    config = uvicorn.Config(
        app, "127.0.0.1", 0, loop="uvloop", http="httptools", log_level="warning", access_log=False
    )
    Server(config).run()


if __name__ == "__main__":
    main()
