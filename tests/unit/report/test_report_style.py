"""Contrast after WCAG 2.2, success criterion 1.4.3: at least 4.5 for text."""

import re
from importlib.resources import files

import pytest

from neuro.report.page import STYLES

TEMPLATES = files("neuro.report") / "templates"
STYLE = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in STYLES)


def _block(selector: str) -> dict[str, str]:
    (body,) = re.findall(rf"{re.escape(selector)} \{{(.*?)\}}", STYLE, re.DOTALL)[:1]
    return dict(re.findall(r"(--[a-z-]+): ([^;]+);", body))


LIGHT = _block(":root")
DARK = {**LIGHT, **_block(':root[data-theme="dark"]')}


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (text, ground)
        for ground in ("--page", "--raised", "--bad-page", "--warn-page")
        for text in ("--text", "--muted", "--accent")
    ]
    + [
        ("--bad", "--bad-page"),
        ("--bad", "--page"),
        ("--warn", "--warn-page"),
        ("--warn", "--page"),
    ],
)
def test_contrast(theme, text, ground):
    assert _contrast(theme[text], theme[ground]) >= 4.5


def test_contrast_of_black_on_white_is_21():
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)


def test_both_ways_into_the_dark_theme_are_one():
    assert _block(':root:not([data-theme="light"])') == _block(':root[data-theme="dark"]')


def test_every_variable_is_declared():
    assert set(re.findall(r"var\((--[a-z-]+)\)", STYLE)) <= set(LIGHT)
