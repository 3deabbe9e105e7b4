"""What the handlers find in the application."""

from collections import deque

from aiohttp import web

from monitor.auth.gate import Gate
from monitor.config import Config
from monitor.history.archive import Archive
from monitor.history.store import Store
from monitor.live.hub import Hub
from monitor.live.room import Room
from monitor.live.sampler import Sampler
from monitor.live.scrape import Scrape
from monitor.live.service import Service
from monitor.model.schema import Schema

ARCHIVE = web.AppKey("archive", Archive)
CONFIG = web.AppKey("config", Config)
GATE = web.AppKey("gate", Gate)
HISTORY = web.AppKey("history", Store)
HUB = web.AppKey("hub", Hub)
ROOM = web.AppKey("room", Room)
SCHEMA = web.AppKey("schema", Schema)
SAMPLER = web.AppKey("sampler", Sampler)
SCRAPE = web.AppKey("scrape", Scrape)
MARKED: web.AppKey[deque[float]] = web.AppKey("marked")
SERVICE = web.AppKey("service", Service)
