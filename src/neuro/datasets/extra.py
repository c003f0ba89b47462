"""Libraries that only some sources need: `pip install "neuro-workflow[sources]"`."""

import importlib
from typing import Any

from neuro.datasets.base import DatasetError


def require(module: str, where: str) -> Any:
    """Import a library that need not be installed.

    Parameters
    ----------
    module : str
        Its name, e.g. `moabb.datasets`.
    where : str
        Configuration key that needs it, for the error.

    Returns
    -------
    module : module
        The library.

    Raises
    ------
    DatasetError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise DatasetError(
            f"{where}: needs the Python package '{error.name}', which is not installed; run "
            'pip install "neuro-workflow[sources]".'
        ) from error
