"""The stand-in as an app of its own."""

from fastapi import FastAPI

from bot.sandbox.plusvibe.api import api_router
from bot.sandbox.plusvibe.page import page_router
from bot.sandbox.plusvibe.world import PlusVibeWorld


def plusvibe_app(world: PlusVibeWorld) -> FastAPI:
    """API under `/api/v1`, page at `/plusvibe`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(api_router(world))
    app.include_router(page_router(world))
    return app
