"""HTTPS: the certificate, and reading it again."""

import logging
import ssl
from pathlib import Path

from monitor.auth import secret_file
from monitor.auth.secret_file import Refused
from monitor.config import Config
from monitor.log import event

logger = logging.getLogger(__name__)


class Certificate:
    """`context` is for all connections; what is read again holds for those that come then."""

    def __init__(self, cert: Path, key: Path | None) -> None:
        """Raises Refused."""
        self._cert, self._key = cert, key
        self.context = self._read(_context())

    def reload(self) -> None:
        """Read it again; one that cannot be read leaves what was."""
        try:
            # First into another one: half of a new pair must not get in.
            self._read(_context())
            self._read(self.context)
        except Refused as fault:
            event(logger, logging.ERROR, "certificate.refused", reason=str(fault))
        else:
            event(logger, logging.INFO, "certificate.read", file=self._cert)

    def _read(self, context: ssl.SSLContext) -> ssl.SSLContext:
        secret_file.require_secret(self._key or self._cert)
        try:
            # A key that has a password would have one asked for at the terminal.
            context.load_cert_chain(self._cert, self._key, password=_no_password)
        except (OSError, ValueError) as fault:  # ssl.SSLError is one of the first
            why = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or fault
            key = f" and the key in {self._key}" if self._key else ""
            raise Refused(f"cannot use the certificate in {self._cert}{key}: {why}") from None
        return context


def certificate(config: Config) -> Certificate | None:
    """That of the settings; None without. Raises Refused."""
    if config.tls_cert is not None:
        return Certificate(config.tls_cert, config.tls_key)
    if config.tls_key is not None:
        raise Refused("--tls-key is of no use without --tls-cert")
    return None


def _context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    return made


def _no_password() -> str:
    raise ValueError("the key has a password")
