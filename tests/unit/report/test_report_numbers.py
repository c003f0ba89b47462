import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuro.io.manifest import KeyNumber
from neuro.report.numbers import (
    chance_level,
    confidence_level,
    describe,
    fixed,
    p_value,
    rounded,
    unit_suffix,
    with_interval,
)

THIN = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (198, "198"),
        (1204, "1204"),
        (12040, "12,040"),
        (-4.0712, "−4.07"),
        (0.5, "0.500"),
        (0.00123, "0.00123"),
        (0.000123, f"1.23{THIN}×{THIN}10⁻⁴"),
        (-3.2e-7, f"−3.20{THIN}×{THIN}10⁻⁷"),
        (9.996, "10.0"),
        (99.96, "100"),
        (1234.567, "1235"),
        (12345.67, "12,346"),
        (1.5e12, f"1.50{THIN}×{THIN}10¹²"),
    ],
)
def test_rounded(value, text):
    assert rounded(value) == text


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_rounded_is_within_half_a_unit_of_the_third_digit(value):
    text = rounded(value).replace(THIN, "").replace("−", "-").replace(",", "")
    text = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")).replace("×10", "e")
    assert math.isclose(float(text), value, rel_tol=0.00501, abs_tol=1e-320)


def test_no_negative_zero():
    assert fixed(-0.0004, 2) == "0.00"


@pytest.mark.parametrize(
    ("value", "interval", "texts"),
    [
        (-4.3712, (-5.1234, -3.61), ("−4.37", "[−5.12, −3.61]")),
        (-4.0712, (-5.1234, -3.0612), ("−4.1", "[−5.1, −3.1]")),
        (171.3, (164.2, 179.1), ("171", "[164, 179]")),
        (14.37, (14.25, 14.49), ("14.4", "[14.2, 14.5]")),
        (170.3, (169.8, 170.8), ("170.3", "[169.8, 170.8]")),
        (0.0004, (-0.5, 0.5), ("0.00", "[−0.50, 0.50]")),
        (5.0, (5.0, 5.0), ("5", "[5, 5]")),
        (1.0, (1.0, 1.0 + 1e-12), ("1.00000", "[1.00000, 1.00000]")),
        (
            3.21e-7,
            (2.9e-7, 3.5e-7),
            (f"3.21{THIN}×{THIN}10⁻⁷", f"[2.90, 3.50]{THIN}×{THIN}10⁻⁷"),
        ),
    ],
)
def test_with_interval(value, interval, texts):
    assert with_interval(value, interval) == texts


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< .001"),
        (0.0002, "< .001"),
        (0.00099, "< .001"),
        (0.001, "= .001"),
        (0.0304, "= .030"),
        (0.5, "= .500"),
        (0.9996, "> .999"),
        (1.0, "= 1"),
    ],
)
def test_p_value(p, text):
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("chance", "proportion", "text"),
    [
        (0.125, True, ".125"),
        (0.5, True, ".5"),
        (1 / 3, True, ".333"),
        (12.5, False, "12.5"),
        (0.0, False, "0"),
    ],
)
def test_chance_level(chance, proportion, text):
    assert chance_level(chance, proportion=proportion) == text


def test_units_and_confidence():
    assert [unit_suffix(u) for u in ("", "1", "%", "µV")] == ["", "", "%", THIN + "µV"]
    levels = [confidence_level(c) for c in (0.95, 0.995, None)]
    assert levels == ["95% CI", "99.5% CI", "interval"]


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_impossible_p_is_an_error(p):
    with pytest.raises(ValueError, match="p must be within"):
        p_value(p)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_impossible_confidence_is_an_error(confidence):
    with pytest.raises(ValueError, match="confidence must be within"):
        confidence_level(confidence)


def test_proportion_beside_its_chance():
    number = describe(
        KeyNumber(
            name="Accuracy", value=0.4123, interval=(0.371, 0.4521), confidence=0.95, chance=0.125
        )
    )
    texts = (number.value, number.interval, number.chance, number.level)
    assert texts == (".412", "[.371, .452]", ".125", "95% CI")
    low, value, high, chance = number.whisker
    assert 0 <= chance < low < value < high <= 100


def test_percent_and_sensitivity_are_no_proportions():
    percent = describe(KeyNumber(name="Accuracy", value=62.5, unit="%", chance=50))
    assert (percent.value, percent.unit, percent.chance) == ("62.5", "%", "50%")
    sensitivity = describe(KeyNumber(name="d′", value=0.83, chance=0))
    assert (sensitivity.value, sensitivity.chance) == ("0.830", "0")
