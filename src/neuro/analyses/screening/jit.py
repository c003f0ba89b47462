"""Compiled loops, with their types kept."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a loop over arrays; it lets other threads run, and is kept for the next process."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
