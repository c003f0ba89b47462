"""Settings that contradict themselves are refused before any work."""

from typing import Any

import pytest
from pydantic import ValidationError

from neuro.config import SpikesPreprocess

HEADING = {"heading": {"series": ["ry"], "kind": "angle"}}


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"bin_width": 0}, "greater than 0"),
        ({"units": {"min_rate": 2, "max_rate": 1}}, r"max_rate \(1.0\) must be above min_rate"),
        ({"covariates": {"x": {"series": []}}}, "at least 1 item"),
        ({"covariates": {"x": {"series": ["a", "b"]}}}, "kind 'linear' takes one"),
        ({"covariates": {"x": {"series": ["a"], "unit": "deg"}}}, "belongs to kind 'angle'"),
        ({"tuning": {"speed": {}}, "covariates": HEADING}, r"\['speed'\] unknown.*\['heading'\]"),
        (
            {
                "epochs": {"use": ["wake"]},
                "covariates": HEADING,
                "tuning": {"heading": {"epochs": ["sleep"]}},
            },
            r"tuning.heading.epochs: \['sleep'\] unknown; allowed: epochs.use \['wake'\]",
        ),
        ({"blocks": {"n": 1}}, "greater than or equal to 2"),
        ({"binwidth": 1}, "Extra inputs"),
    ],
)
def test_bad_settings(section: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SpikesPreprocess.model_validate(section)


def test_a_change_of_the_tuning_does_not_bin_again() -> None:
    first = SpikesPreprocess.model_validate({"covariates": HEADING})
    second = SpikesPreprocess.model_validate({"covariates": HEADING, "tuning": {"heading": {}}})
    assert first.binning == second.binning
