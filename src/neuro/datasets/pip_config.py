"""Where pip is told to look for packages: the same index serves the recordings."""

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neuro.datasets.base import DatasetError

DEFAULT_INDEX = "https://pypi.org/simple/"


@dataclass(frozen=True)
class IndexSettings:
    """The part of pip's configuration that finds and reaches a package index.

    Parameters
    ----------
    index_urls, find_links : tuple of str
        Simple indexes, and pages or folders of files; in the order they are asked.
    trusted_hosts : tuple of str
        Hosts (`name` or `name:port`) whose certificate is not checked.
    cert, proxy : str
        Certificate bundle and proxy URL; empty for the defaults.
    """

    index_urls: tuple[str, ...] = (DEFAULT_INDEX,)
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    cert: str = ""
    proxy: str = ""


def read_settings() -> IndexSettings:
    """Read pip's settings: environment variables `PIP_*` first, then pip's files.

    Raises
    ------
    DatasetError
        If pip finds its own configuration broken.
    """
    options = {**_from_pip(), **_from_environment(os.environ)}
    indexes = [options.get("index-url", DEFAULT_INDEX), *options.get("extra-index-url", "").split()]
    if options.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        indexes = []
    links = options.get("find-links", "").split()
    return IndexSettings(
        index_urls=tuple(indexes),
        find_links=tuple(link for link in links if "://" in link or Path(link).exists()),
        trusted_hosts=tuple(options.get("trusted-host", "").split()),
        cert=options.get("cert", ""),
        proxy=options.get("proxy", ""),
    )


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`PIP_INDEX_URL` -> `index-url`; pip takes an empty variable for one that is not set."""
    prefix = "PIP_"
    return {
        key.removeprefix(prefix).lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith(prefix) and value
    }


def _from_pip() -> dict[str, str]:
    """Options of pip's configuration files; nothing when this Python has no pip."""
    if importlib.util.find_spec("pip") is None:
        return {}
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DatasetError(
            f"pip cannot read its own configuration, from which the package index is taken: "
            f"{done.stderr.strip()}. Repair the file, or set PIP_CONFIG_FILE to another one."
        )
    return parse_config_list(done.stdout)


def parse_config_list(listing: str) -> dict[str, str]:
    """Read what `pip config list` prints: `section.option='value'`, one a line.

    Options of pip's `download` command override the global ones, as they do in pip; the
    environment's (`:env:`) are left to the caller.
    """
    options: dict[str, str] = {}
    for section in ("global", "download"):
        for line in listing.splitlines():
            key, equals, value = line.partition("=")
            if equals and key.startswith(f"{section}."):
                options[key.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return options
