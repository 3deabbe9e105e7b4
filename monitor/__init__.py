"""monitor: this machine in a browser, second by second."""

__version__ = "0.1.0"
