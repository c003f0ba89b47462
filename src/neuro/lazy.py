"""Public names of a package that are looked up when they are first asked for.

A package's public names are those of its module `api`, which imports what it needs; the package
itself imports nothing, so that `import neuro` and the reading of the rules stay fast.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def exports(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make `__getattr__` and `__dir__` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its dotted name.

    Returns
    -------
    get, listed : callable
        What finds a name, and what lists all.
    """

    def get(name: str) -> Any:
        # `from package import module` asks here first: its own modules must not import `api`.
        hidden = name.startswith("_") and name != "__all__"
        if hidden or find_spec(f"{package}.{name}") is not None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        api = import_module(f"{package}.api")
        if name != "__all__" and name not in api.__all__:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}; it has {', '.join(api.__all__)}"
            )
        return getattr(api, name)

    return get, lambda: list(get("__all__"))
