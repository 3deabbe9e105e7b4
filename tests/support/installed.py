"""What an installation of the program consists of: itself, and the packages that it needs."""

import re
import shutil
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
TREES = ("packaging", "static", "templates")


def needed() -> dict[str, Distribution]:
    """The packages at run time, by name, those of the packages themselves included."""
    found: dict[str, Distribution] = {}
    waiting = ["monitor"]
    while waiting:
        for requirement in distribution(waiting.pop()).requires or []:
            name = re.match(r"[\w.-]+", requirement)
            if name is None or "extra ==" in requirement:
                continue
            try:
                package = distribution(name[0])
            except PackageNotFoundError:  # only for an older Python, or another system
                continue
            if package.name not in found:
                found[package.name] = package
                waiting.append(package.name)
    return found


def install(site: Path) -> None:
    """Make a directory of it, such as stands on sys.path."""
    debris = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "monitor", site / "monitor", ignore=debris)
    for name in TREES:
        shutil.copytree(ROOT / name, site / "monitor" / name, ignore=debris)
    for package in needed().values():
        for file in package.files or []:
            source = Path(str(package.locate_file(file)))
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, site / file)
