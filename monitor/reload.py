"""SIGHUP: the settings are read again, and those that can change while the program runs do."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace

from monitor import log
from monitor.config import Config, ConfigError
from monitor.live.pace import Pace
from monitor.live.room import Room
from monitor.live.service import Service
from monitor.log import event
from monitor.model.metric import PROCESSES

logger = logging.getLogger(__name__)

Load = Callable[[], Config]
Take = Callable[[Config], None]

ONE_PERCENT = 0.01


def takers(pace: Pace, room: Room) -> dict[str, Take]:
    """What each setting that can change at run time is handed to, by its field of Config."""

    def logs(config: Config) -> None:
        log.setup(config.log_level, config.log_format)

    def budget(config: Config) -> None:
        pace.budget.share = config.cpu_budget * ONE_PERCENT

    def rest(config: Config) -> None:
        pace.rest(PROCESSES, config.process_interval)

    def seats(config: Config) -> None:
        room.resize(viewers=config.max_viewers, per_address=config.max_viewers_per_address)

    return {
        "process_interval": rest,
        "cpu_budget": budget,
        "max_viewers": seats,
        "max_viewers_per_address": seats,
        "log_level": logs,
        "log_format": logs,
    }


class Reload:
    """Reads the settings again; those of `takes` change at once, others with the next start.

    `again` is what reads a file of its own once more, whatever the settings are.
    """

    def __init__(
        self,
        config: Config,
        load: Load,
        takes: Mapping[str, Take],
        service: Service,
        again: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._config = config
        self._load = load
        self._takes = takes
        self._service = service
        self._again = again

    def __call__(self) -> None:
        """All that can be taken over is, or nothing where a setting is wrong."""
        with self._service.reloading():
            for read in self._again:
                read()
            try:
                wanted = self._load()
            except ConfigError as fault:
                # As a start with them would end. What was right goes on.
                event(logger, logging.ERROR, "reload.refused", reason=str(fault))
                return
            changed = [
                item.name
                for item in fields(Config)
                if getattr(wanted, item.name) != getattr(self._config, item.name)
            ]
            taken = [name for name in changed if name in self._takes]
            self._config = replace(self._config, **{name: getattr(wanted, name) for name in taken})
            for take in dict.fromkeys(self._takes[name] for name in taken):
                take(self._config)
            event(logger, logging.INFO, "reload.done", changed=",".join(taken))
            left = [name for name in changed if name not in self._takes]
            if left:
                event(
                    logger,
                    logging.WARNING,
                    "reload.needs_restart",
                    settings=",".join(left),
                )


def on_hangup(reload: Callable[[], None], stop: Callable[[], None]) -> None:
    """What SIGHUP does from now on: it reloads; where the program was started from a terminal and
    that has gone, it stops."""
    terminal = _has_terminal()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGHUP, lambda: stop() if terminal and not _has_terminal() else reload()
    )


def _has_terminal() -> bool:
    """Whether standard input is a terminal that is still there."""
    try:
        return sys.stdin is not None and os.isatty(sys.stdin.fileno())
    except (OSError, ValueError):  # closed
        return False
