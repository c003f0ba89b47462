"""Tuples of arrays that compiled functions pass on without counting references."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

T = TypeVar("T", bound=tuple[Any, ...])


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
