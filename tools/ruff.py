"""Runs ruff with the settings of setup.cfg, which it does not read itself."""

import configparser
import subprocess
import sys
from pathlib import Path

settings = configparser.ConfigParser(interpolation=None)
with (Path(__file__).parents[1] / "setup.cfg").open(encoding="utf-8") as file:
    settings.read_file(file)
# In one piece: of several --config, ruff lets each `lint.select` undo the others' `lint.ignore`.
toml = "\n".join(f"{name} = {value}" for name, value in settings["ruff"].items())
command, *rest = sys.argv[1:]
ruff = [sys.executable, "-m", "ruff", command, "--isolated", "--config", toml, *rest]
sys.exit(subprocess.run(ruff, check=False).returncode)
