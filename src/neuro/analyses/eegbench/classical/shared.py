"""What several methods need of the same trials is computed once."""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

KEPT = 8
"""Results that are kept; the one not asked for longest goes first."""


class Memo:
    """Results by the identity of the arrays that they were computed from.

    Folds slice the trials once, and every method is handed the same array: its identity is then
    as good as its content, and costs nothing. Arrays must not be written to in between.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[tuple[weakref.ref[Any], ...], Any]] = OrderedDict()

    def __call__(self, key: Hashable, arrays: tuple[Any, ...], compute: Callable[[], T]) -> T:
        """Compute, or remember.

        Parameters
        ----------
        key : hashable
            What is computed, with its parameters.
        arrays : tuple of ndarray
            What it is computed from; they are not kept alive.
        compute : callable
            Takes nothing and gives the result, which must not be written to.
        """
        full = (key, tuple(id(array) for array in arrays))
        if full in self._kept:
            references, result = self._kept[full]
            if all(ref() is array for ref, array in zip(references, arrays, strict=True)):
                self._kept.move_to_end(full)
                return result  # type: ignore[no-any-return]
        found = compute()
        self._kept[full] = (tuple(weakref.ref(array) for array in arrays), found)
        self._kept.move_to_end(full)
        self._forget()
        return found

    def _forget(self) -> None:
        """Drop what belongs to arrays that are gone, and what is too much."""
        for key, (references, _) in list(self._kept.items()):
            if any(ref() is None for ref in references):
                del self._kept[key]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


remember = Memo()
"""The process's own."""
