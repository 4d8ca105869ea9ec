"""Orders over HTTP: FastAPI and SQLAlchemy's ORM, an order per request, answered when Kafka has its event."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tsunagu.contracts.envelope import Envelope
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import OrderPlaced

from .models import decide
from .reserving import EVENTS, Wish
from .running import Place, run

CONNECTIONS = 8


def app(place: Place) -> FastAPI:
    """The application."""
    engine = create_async_engine(place.sqlalchemy, pool_size=CONNECTIONS)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    producers: list[AIOKafkaProducer] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        producers.append(AIOKafkaProducer(bootstrap_servers=place.kafka, acks="all", enable_idempotence=True))
        await producers[0].start()
        yield
        await producers[0].stop()

    api = FastAPI(lifespan=lifespan)

    @api.post("/orders")
    async def place_order(placed: OrderPlaced) -> dict[str, list[str]]:
        wish = Wish.of(
            placed, Envelope.for_message(placed, id=uuid7(), source="bench", time=placed.placed_at)
        )
        async with sessions() as session, session.begin():
            lacking = await decide(session, wish)
        if lacking is not None:
            event = wish.decision(lacking)
            await producers[0].send_and_wait(EVENTS, event.value, event.key, headers=event.headers)
        return {"lacking": list(lacking or ())}

    return api


async def fastapi_sqlalchemy(place: Place) -> None:
    """Serve for ever."""
    config = uvicorn.Config(app(place), host="127.0.0.1", port=place.http_port, access_log=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    run(fastapi_sqlalchemy)
