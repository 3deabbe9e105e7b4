"""What the handlers find in the application."""

from aiohttp import web

from monitor.config import Config
from monitor.live.hub import Hub
from monitor.live.room import Room
from monitor.live.sampler import Sampler
from monitor.live.scrape import Scrape

CONFIG = web.AppKey("config", Config)
HUB = web.AppKey("hub", Hub)
ROOM = web.AppKey("room", Room)
SAMPLER = web.AppKey("sampler", Sampler)
SCRAPE = web.AppKey("scrape", Scrape)
