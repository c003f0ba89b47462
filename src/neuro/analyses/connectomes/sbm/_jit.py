"""Compiled functions that keep their types."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=tuple[Any, ...])


def _digest() -> str:
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join(code for code in sources if b"@jit" in code)).hexdigest()


# numba keeps machine code for as long as the function's own file is unchanged, although it holds
# that of the functions it calls: only a stamp of all of them finds out that one has changed.
STAMP = _digest()


def jit(function: F) -> F:
    """Compile a function on its first call, and keep the machine code on disk."""
    return _compiled(function)


def inner(function: F) -> F:
    """The same for a function that only compiled ones call, which takes less time to compile."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _compiled(function: F, **options: bool) -> F:
    njit: Any = numba.njit
    compiled = njit(cache=True, error_model="numpy", **options)(function)
    compiled._cache._cache_file._source_stamp = STAMP
    return cast(F, compiled)


def _borrowed(_context: Any, group: Any) -> tuple[Any, Callable[..., Any]]:
    def without_owner(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        whole = args[0]
        for k, kind in enumerate(group.types):
            if isinstance(kind, types.Array):
                make: Any = make_array
                array = make(kind)(context, builder, builder.extract_value(whole, k))
                array.meminfo = array.meminfo.type(None)
                array.parent = array.parent.type(None)
                whole = builder.insert_value(whole, array._getvalue(), k)
        return whole

    return group(group), without_owner


# Compiled code counts references to each array of a tuple whenever the tuple is passed on, which
# took most of a search's time. The caller of a compiled function holds the arrays till it returns,
# so that those it is called with need no counting.
borrowed = cast(Callable[[T], T], intrinsic(_borrowed))
