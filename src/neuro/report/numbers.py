"""Numbers as a journal prints them: as many digits as the data bear, and no more."""

import math
from dataclasses import dataclass
from decimal import Decimal

from neuro.io.manifest import KeyNumber

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL, _LARGE = 1e-3, 1e6  # beyond these, powers of ten read better than zeros
THIN = "\u202f"  # narrow no-break space


def rounded(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits; whole numbers keep all of theirs.

    Parameters
    ----------
    value : float
        A finite number.
    digits : int
        Significant digits of a number that is not whole.

    Returns
    -------
    text : str
        E.g. `−4.37`, `12,040`, `3.20 × 10⁻⁷`.
    """
    if value == int(value) and abs(value) < 1e9:
        return fixed(value, 0)
    exponent = _exponent(abs(value))
    if _is_plain(abs(value)):
        decimals = max(0, digits - 1 - exponent)
        exponent = max(exponent, _exponent(abs(round(value, decimals))))  # 9.996 -> 10.0
        return fixed(value, max(0, digits - 1 - exponent))
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return fixed(float(mantissa), digits - 1) + _power(int(power))


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals, a true minus sign, no negative zero, commas from 10,000."""
    text = f"{abs(value):,.{decimals}f}"
    if abs(value) < 9999.5:
        text = text.replace(",", "")
    is_zero = not any(digit in text for digit in "123456789")
    return text if value >= 0 or is_zero else "−" + text


def with_interval(
    value: float, interval: tuple[float, float], *, proportion: bool = False
) -> tuple[str, str]:
    """A number and its interval, to the digits that the interval's width supports.

    Two significant digits of the half-width, as long as that is at most three of the largest of
    the numbers; never less than one of the half-width, never more than six of the largest.

    Parameters
    ----------
    value : float
        A finite number.
    interval : tuple of float
        Its bounds, lower first.
    proportion : bool
        Whether the zero before the point is left out.

    Returns
    -------
    value, interval : str
        E.g. `−4.37` and `[−5.12, −3.61]`.

    Raises
    ------
    ValueError
        If the lower bound is above the upper one.
    """
    low, high = interval
    if low > high:
        raise ValueError(f"interval must be [lower, upper], got [{low}, {high}]")
    half = (high - low) / 2
    largest = max(abs(value), abs(low), abs(high))
    trim = _bare if proportion else str
    if half == 0:
        low_text, high_text = trim(rounded(low)), trim(rounded(high))
        return trim(rounded(value)), f"[{low_text}, {high_text}]"
    power = 0 if _is_plain(largest) else _exponent(largest)
    width, size = _exponent(half) - power, _exponent(largest) - power
    decimals = max(0, min(max(-width, min(1 - width, 2 - size)), 5 - size))
    scaled = [float(Decimal(number).scaleb(-power)) for number in (value, low, high)]
    texts = [trim(fixed(number, decimals)) for number in scaled]
    tail = _power(power) if power else ""
    return texts[0] + tail, f"[{texts[1]}, {texts[2]}]{tail}"


def chance_level(chance: float, *, proportion: bool) -> str:
    """Chance level: `.125` for a proportion."""
    if not proportion:
        return rounded(chance)
    return _bare(f"{chance:.3g}") if chance >= _SMALL else rounded(chance)


def p_value(p: float) -> str:
    """A probability with its relation: `= .001`, `< .001`, `> .999`.

    Raises
    ------
    ValueError
        If it is not within [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be within [0, 1], got {p}")
    if p < 0.001:
        return "< .001"
    if p > 0.999:
        return "= 1" if p == 1 else "> .999"
    return "= " + _bare(f"{p:.3f}")


def confidence_level(confidence: float | None) -> str:
    """`95% CI`, or `interval` where the confidence is not known.

    Raises
    ------
    ValueError
        If it is not within (0, 1).
    """
    if confidence is None:
        return "interval"
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be within (0, 1), got {confidence}")
    return f"{round(100 * confidence, 3):g}% CI"


def unit_suffix(unit: str) -> str:
    """What follows the number: ` µV` after a narrow space, `%` and `°` at once, '' for `1`."""
    if unit in {"", "1"}:
        return ""
    return unit if unit in {"%", "°"} else THIN + unit


@dataclass(frozen=True)
class Number:
    """A key number as text; what is absent is ''."""

    name: str
    value: str
    unit: str
    interval: str
    level: str
    chance: str
    p: str
    n: str
    note: str
    whisker: tuple[float, float, float, float] | None
    """Lower bound, value, upper bound and chance level on an axis from 0 to 100."""

    @property
    def is_judged(self) -> bool:
        """Whether it comes with an interval, a chance level or a p."""
        return bool(self.interval or self.chance or self.p)


def describe(number: KeyNumber) -> Number:
    """Print a key number of a manifest.

    A number without unit that lies, with its interval and its chance level, between 0 and 1 is a
    proportion, printed without the zero before the point.

    Raises
    ------
    ValueError
        If p, confidence or the interval are impossible.
    """
    parts = [number.value, *(number.interval or ())]
    proportion = (
        number.unit in {"", "1"}
        and number.chance is not None
        and 0 < number.chance < 1
        and all(0 <= part <= 1 for part in parts)
    )
    interval = ""
    if number.interval is not None:
        value, interval = with_interval(number.value, number.interval, proportion=proportion)
    elif proportion:
        value = _bare(f"{number.value:.3f}")
    else:
        value = rounded(number.value)
    return Number(
        name=number.name,
        value=value,
        unit=unit_suffix(number.unit),
        interval=interval,
        level=confidence_level(number.confidence) if interval else "",
        chance=""
        if number.chance is None
        else chance_level(number.chance, proportion=proportion)
        + ("" if proportion else unit_suffix(number.unit)),
        p="" if number.p is None else p_value(number.p),
        n=number.n,
        note=number.note,
        whisker=_whisker(number),
    )


def _whisker(number: KeyNumber) -> tuple[float, float, float, float] | None:
    """Positions for the small picture of an interval beside chance."""
    if number.interval is None or number.chance is None:
        return None
    places = (number.interval[0], number.value, number.interval[1], number.chance)
    low, high = min(places), max(places)
    if low == high:
        return None
    low_p, value_p, high_p, chance_p = (
        round(4 + 92 * (place - low) / (high - low), 2) for place in places
    )
    return low_p, value_p, high_p, chance_p


def _is_plain(magnitude: float) -> bool:
    return magnitude == 0 or _SMALL <= magnitude < _LARGE


def _exponent(magnitude: float) -> int:
    return math.floor(math.log10(magnitude)) if magnitude else 0


def _power(exponent: int) -> str:
    return f" × 10{str(exponent).translate(_SUPERSCRIPT)}".replace(" ", THIN)


def _bare(text: str) -> str:
    """Leave out the zero before the point, of a number that cannot exceed 1."""
    return text[1:] if text.startswith("0.") else text
