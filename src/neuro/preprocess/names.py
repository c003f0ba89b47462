"""Naming what was probably meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(given: Iterable[str], allowed: Iterable[str]) -> str:
    """Suggest the nearest allowed name for each name that is not allowed.

    Parameters
    ----------
    given : iterable of str
        Names that do not exist.
    allowed : iterable of str
        Names that do.

    Returns
    -------
    hint : str
        E.g. ` Did you mean 'P7' for 'p7'?`, with a leading space; empty without a near name.
    """
    by_lower = {name.lower(): name for name in allowed}
    pairs = []
    for name in given:
        close = difflib.get_close_matches(name.lower(), by_lower, n=1)
        if close:
            pairs.append(f"'{by_lower[close[0]]}' for '{name}'")
    return f" Did you mean {', '.join(pairs)}?" if pairs else ""


def listed(names: Iterable[str], most: int = 40) -> str:
    """Join names for a message; a long list is cut with its length told."""
    names = list(names)
    text = ", ".join(names[:most])
    return text if len(names) <= most else f"{text}, ... ({len(names)} in all)"
