"""The whole program on one screen: what it is made of, how it starts, how it ends."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from functools import partial

import aiohttp_jinja2
import jinja2
from aiohttp import web

from monitor import collectors, descriptors, resources
from monitor.auth.gate import Gate
from monitor.auth.secret_file import Refused
from monitor.clock import Clock, SystemClock
from monitor.config import Config
from monitor.history.archive import Archive
from monitor.history.hold import Locked
from monitor.history.store import Store
from monitor.live.greeting import greeting
from monitor.live.hub import Hub
from monitor.live.inquiry import Inquiry
from monitor.live.pace import Pace
from monitor.live.room import Room
from monitor.live.sampler import Sampler
from monitor.live.scrape import Scrape
from monitor.live.service import Service
from monitor.log import event
from monitor.model.budget import Budget
from monitor.model.metric import PROCESSES, SERVICES
from monitor.model.sample import Snapshot
from monitor.model.schema import Schema
from monitor.model.vitals import Vitals
from monitor.notify import Notifier
from monitor.reload import ONE_PERCENT, Load, Reload, on_hangup, takers
from monitor.web import entry, listen, routes, security, tls, visitor
from monitor.web.accepted import note_request
from monitor.web.acceptor import Acceptor
from monitor.web.http import speaker
from monitor.web.keys import (
    ARCHIVE,
    CONFIG,
    GATE,
    HISTORY,
    HUB,
    ROOM,
    SAMPLER,
    SCHEMA,
    SCRAPE,
    SERVICE,
)

logger = logging.getLogger(__name__)

# Handlers that are still at work when all viewers have gone get this long, twice.
SHUTDOWN_TIMEOUT_S = 0.25
# Units and containers while nobody watches them: for Prometheus, the history and the alerts.
SERVICES_PERIOD_S = 10.0
# For the history to write what is left, and its threads to end: the rest of a stop's two seconds.
SAVE_S, CLOSE_S = 0.5, 0.2
MAX_BODY_BYTES = 16 * 1024  # of a request: nobody has more to say than a name and a password
# How long a thread that computes may keep the interpreter from one that waits for it. Each of a
# sweep's reads gives it up, and must then wait this long while the loop is busy: 80 of them took
# 285 ms with Python's own 5 ms, and 21 ms with this. The loop in turn waits less for the sweep.
SWITCH_INTERVAL_S = 0.0005


def build(config: Config) -> web.Application:
    """The application, put together and not yet started."""
    clock, vitals = SystemClock(), Vitals()
    schema = Schema(collectors.record_types())
    hub = Hub(
        schema=schema,
        clock=clock,
        vitals=vitals,
        greeting=greeting(schema, collectors.sources(), config.interval),
        inquiry=Inquiry(),
    )
    gate = Gate(config.data_dir, config.password_file, clock)
    app = web.Application(
        middlewares=[note_request, security.door(config), visitor.guard(config, gate)],
        client_max_size=MAX_BODY_BYTES,
    )
    app[GATE] = gate
    app[CONFIG], app[HUB], app[ROOM], app[SCHEMA] = config, hub, _room(config), schema
    app[HISTORY] = Store(config.data_dir, config.history_size, schema, clock)
    app[ARCHIVE] = Archive(app[HISTORY], config.interval)
    app[SERVICE] = Service(Notifier(os.environ), clock, config.interval)
    app[SAMPLER] = _sampler(config, schema, clock, vitals, hub, app[HISTORY], app[SERVICE])
    app[SCRAPE] = Scrape(collectors.build(vitals), schema, clock, config.textfile_dir)
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(resources.templates()))
    routes.add(app, config.base_path, clock)
    app.on_response_prepare.append(security.add_headers)
    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    return app


def _sampler(
    config: Config,
    schema: Schema,
    clock: Clock,
    vitals: Vitals,
    hub: Hub,
    history: Store,
    service: Service,
) -> Sampler:
    async def publish(snapshot: Snapshot) -> None:
        history.add(snapshot)
        vitals.history, vitals.history_lost = history.health, history.lost
        await hub.publish(snapshot)
        service.tick(snapshot)

    built = collectors.build(vitals)
    pace = Pace(
        built,
        interval=config.interval,
        resting={PROCESSES: config.process_interval, SERVICES: SERVICES_PERIOD_S},
        watched=hub.topics.watched,
        budget=Budget(config.cpu_budget * ONE_PERCENT),
        clock=clock,
    )
    return Sampler(
        built,
        schema=schema,
        clock=clock,
        vitals=vitals,
        interval=config.interval,
        pace=pace,
        publish=publish,
    )


async def start(app: web.Application) -> None:
    """Begin to sample; the doors open after this."""
    event(logger, logging.INFO, "sampler.start", interval=app[CONFIG].interval)
    app[SAMPLER].start()
    app[GATE].start()


async def stop(app: web.Application) -> None:
    """End in order, once, however often it is called.

    One hook and not several: aiohttp runs on_shutdown before handlers end and before every cleanup
    context, and none of it when start-up failed.
    """
    hub = app[HUB]
    if not hub.accepting:
        return
    hub.accepting = False
    app[SERVICE].stopping(f"Telling {len(hub.viewers)} viewers, and writing the history")
    event(logger, logging.INFO, "stop.refuse", viewers=len(hub.viewers))
    await app[SAMPLER].stop()
    app[SCRAPE].stop()
    app[GATE].stop()
    event(logger, logging.INFO, "stop.sampler")
    # Begun before the viewers go, who take a second of the two that a stop may take.
    saved = asyncio.wrap_future(app[HISTORY].flush())
    await hub.stop()
    event(logger, logging.INFO, "stop.viewers", left=len(hub.viewers))
    await _close_history(app, saved)


async def _close_history(app: web.Application, saved: asyncio.Future[None]) -> None:
    """A disk that stands is not waited for."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(saved, SAVE_S)
    app[ARCHIVE].close(CLOSE_S)
    app[HISTORY].close(CLOSE_S)
    event(logger, logging.INFO, "stop.history", saved=app[HISTORY].saved_until)


async def serve(config: Config, load: Load) -> int:
    """Run until a signal says stop. Returns the exit code."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Set, and set again: a second signal finds the end under way, which is bounded anyway.
        loop.add_signal_handler(number, asked.set)
    on_hangup(lambda: None, asked.set)  # until there is something that can be reloaded
    try:
        certificate = tls.certificate(config)
        sockets = listen.bind(config.host, config.port)
        app = _prepared(config, sockets)
    except (listen.CannotListen, FileNotFoundError, Locked, Refused) as fault:
        return entry.refused(fault)
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    acceptor = Acceptor(
        SystemClock(),
        requests=descriptors.shares(descriptors.limit()).requests,
        tls=certificate.context if certificate is not None else None,
    )
    try:
        await runner.setup()
        assert runner.server is not None  # it is set up
        await acceptor.listen(sockets, partial(speaker, runner.server))
        entry.announce(config, sockets, app[SERVICE])
        takes = takers(app[SAMPLER].pace, app[ROOM])
        again = [certificate.reload] if certificate is not None else []
        on_hangup(Reload(config, load, takes, app[SERVICE], again), asked.set)
        # What exists now stays: a full collection that walks it would stall the loop.
        gc.freeze()
        await asked.wait()
    finally:
        # Before the runner's own clean-up, which closes the door first: whoever knocks while the
        # viewers leave is told 503 and not turned away with a reset.
        await stop(app)
        await acceptor.close()
        await runner.cleanup()
        event(logger, logging.INFO, "stop.done")
    return 0


def _prepared(config: Config, sockets: list[socket.socket]) -> web.Application:
    """All that can go wrong before the door opens. Raises FileNotFoundError, Locked, Refused."""
    with contextlib.ExitStack() as undo:
        for sock in sockets:
            undo.callback(sock.close)
        app = build(config)
        app[GATE].read()
        entry.require_password(config, app[GATE], sockets)
        app[HISTORY].open()
        undo.pop_all()
    return app


def run(config: Config, load: Load) -> int:
    """Serve until told to stop; the exit code. `load` reads the settings once more."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return asyncio.run(serve(config, load))


def _room(config: Config) -> Room:
    descriptors.raise_limit()
    limit = descriptors.limit()
    share = descriptors.shares(limit)
    if share.viewers < config.max_viewers:
        event(logger, logging.INFO, "descriptors.few", limit=limit, viewers=share.viewers)
    return Room(
        viewers=config.max_viewers,
        per_address=config.max_viewers_per_address,
        descriptors=share.viewers,
    )
