"""Compiled loops, with their types kept."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.dispatcher import Dispatcher

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a loop over arrays; it lets other threads run, and is kept for the next process."""
    return _compile(function)


def inner(function: F) -> F:
    """The same for a function that only compiled ones call, which takes less time to compile."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _compile(function: F, **options: bool) -> F:
    njit: Any = numba.njit
    loop = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    # numba keeps machine code for as long as the function's own file is unchanged, although it
    # holds that of the functions it calls, and constants of other modules.
    loop._cache._cache_file._source_stamp = _stamp(function)
    return cast(F, loop)


def _stamp(function: Callable[..., Any]) -> str:
    """Digest of the package that a function is of, and of compiled functions that it imports."""
    own = function.__module__
    imported: list[Any] = [
        value
        for value in function.__globals__.values()
        if isinstance(value, Dispatcher) and value.__module__ != own
    ]
    stamps = {loop._cache._cache_file._source_stamp for loop in imported}
    parts = [_sources(Path(function.__code__.co_filename).parent), *sorted(map(str, stamps))]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


@cache
def _sources(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
