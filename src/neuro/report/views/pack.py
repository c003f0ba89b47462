"""Numbers, packed small for a page."""

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 1_500_000
"""Size of the data of one view, as JSON; recordings beyond it are left out, and that is said."""


def whole(values: NDArray[Any], most: float, kind: str = "<i2") -> str:
    """Numbers as base64 of little-endian integers.

    Parameters
    ----------
    values : ndarray
        Any shape; the last axis runs fastest.
    most : float
        What the largest integer stands for; larger numbers are clipped.
    kind : str
        numpy's name of the integer type.

    Returns
    -------
    text : str
        Base64. `value = integer * most / largest integer`.
    """
    largest = np.iinfo(kind).max
    scaled = np.clip(np.rint(values / (most or 1) * largest), -largest, largest)
    return base64.b64encode(np.nan_to_num(scaled).astype(kind).tobytes()).decode()


def to_json(content: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
