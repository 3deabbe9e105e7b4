"""Where the templates, the static files and the unit are.

In a wheel they lie inside the package; in a checkout, and so in an editable install, beside it.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The directory of the HTML templates. Raises FileNotFoundError."""
    return find("templates")


def static() -> Path:
    """The directory of what is served as it is. Raises FileNotFoundError."""
    return find("static")


def packaging() -> Path:
    """The directory of the systemd unit. Raises FileNotFoundError."""
    return find("packaging")


def find(name: str, package: Path = PACKAGE) -> Path:
    """The directory `name` in `package`, or else beside it. Raises FileNotFoundError."""
    places = (package / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"{name}/ is missing, so this installation is incomplete; looked for "
        + " and ".join(str(place) for place in places)
    )
