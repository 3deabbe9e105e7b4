"""Certificates of this machine's own, made by openssl(1)."""

import os
import subprocess
from pathlib import Path


def make(directory: Path, name: str = "localhost") -> tuple[Path, Path]:
    """The files of a certificate that signs itself, and of its key."""
    cert, key = directory / f"{name}.crt", directory / f"{name}.key"
    old = os.umask(0o077)
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", str(key), "-out", str(cert)],
            check=True,
            capture_output=True,
            timeout=60,
        )  # fmt: skip
    finally:
        os.umask(old)
    return cert, key
