"""Compiled functions that keep their types."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def _digest() -> str:
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join(code for code in sources if b"@jit" in code)).hexdigest()


# numba keeps machine code for as long as the function's own file is unchanged, although it holds
# that of the functions it calls: only a stamp of all of them finds out that one has changed.
STAMP = _digest()


def jit(function: F) -> F:
    """Compile a function on its first call, and keep the machine code on disk."""
    compiled = numba.njit(cache=True, error_model="numpy")(function)
    compiled._cache._cache_file._source_stamp = STAMP
    return cast(F, compiled)
