"""Numbers out of a line of delimited text, compiled: wide tables are mostly parsing."""

import numpy as np
from numpy.typing import NDArray

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Floats

Bytes = NDArray[np.uint8]
POWERS: Floats = np.array([10.0**i for i in range(23)])
"""The powers of ten that a double holds exactly."""
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-nan"})
"""Fields that stand for a missing value, in lower case."""


def parse_line(line: bytes, delimiter: str, out: Floats) -> int:
    """Parse the fields of a line into numbers.

    Parameters
    ----------
    line : bytes
        Without its end.
    delimiter : str
        One character.
    out : ndarray, shape (n_fields,)
        Filled: numbers rounded as Python does, NaN for a missing one or for text.

    Returns
    -------
    n_fields : int
        Fields in the line; `out` is filled up to its own length.
    """
    text = np.frombuffer(line, np.uint8)
    ends = np.empty(len(out), np.int64)
    hard = np.empty(len(out), np.bool_)
    n_fields = int(_parse(text, ord(delimiter), POWERS, out, ends, hard))
    for i in np.flatnonzero(hard[:n_fields]):
        start = ends[i - 1] + 1 if i else 0
        out[i] = to_number(line[start : ends[i]].decode("utf-8", "replace"))
    return n_fields


def to_number(field: str) -> float:
    """A field as a number; NaN where it is missing.

    Raises
    ------
    ValueError
        If it is text.
    """
    text = field.strip().strip('"').strip()
    return float("nan") if text.lower() in MISSING else float(text)


@compiled
def _parse(
    text: Bytes,
    delimiter: int,
    powers: Floats,
    out: Floats,
    ends: NDArray[np.int64],
    hard: NDArray[np.bool_],
) -> int:
    """Plain decimals are read here; what is anything else is marked as hard."""
    field, at, size = 0, 0, len(text)
    while True:
        negative, digits, point, mantissa, odd, n_points = False, 0, 0, 0, False, 0
        exponent, exponent_sign, in_exponent, n_exponent = 0, 1, False, 0
        start = at
        while at < size and text[at] != delimiter:
            c = text[at]
            if 48 <= c <= 57:
                if in_exponent:
                    exponent = exponent * 10 + (c - 48)
                    n_exponent += 1
                elif digits < 18:
                    mantissa = mantissa * 10 + int(c - 48)
                    digits += mantissa > 0
                    point += n_points
                else:
                    odd = True
            elif c == 46 and n_points == 0 and not in_exponent:
                n_points = 1
            elif c == 45 and at == start:
                negative = True
            elif (c == 101 or c == 69) and not in_exponent and digits + point > 0:
                in_exponent = True
            elif c == 45 and in_exponent and n_exponent == 0 and exponent_sign == 1:
                exponent_sign = -1
            elif c == 43 and in_exponent and n_exponent == 0:
                pass
            else:
                odd = True
            at += 1
        if field < len(out):
            ends[field] = at
            power = exponent_sign * exponent - point
            empty = at == start or at - start == negative + n_points
            odd = odd or empty or power > 0 or power < -22 or (in_exponent and n_exponent == 0)
            hard[field] = odd
            if not odd:
                value = _quotient(mantissa, powers[-power])
                out[field] = -value if negative else value
        field += 1
        if at >= size:
            return field
        at += 1


@compiled
def _quotient(mantissa: int, divisor: float) -> float:
    """Divide a whole number of 18 digits by a power of ten, rounded once (Dekker, 1971)."""
    high = float(mantissa)
    low = float(mantissa - np.int64(high))
    quotient = high / divisor
    # quotient * divisor = product + error, exactly.
    product = quotient * divisor
    a, b = quotient * 134217729.0, divisor * 134217729.0
    a1, b1 = a - (a - quotient), b - (b - divisor)
    a2, b2 = quotient - a1, divisor - b1
    error = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2
    return quotient + ((high - product) - error + low) / divisor
