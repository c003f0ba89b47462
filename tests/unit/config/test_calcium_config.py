"""The section of calcium datasets: chains, defaults, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from neuro.config.calcium import CalciumPreprocess


def section(**preprocess: Any) -> CalciumPreprocess:
    return CalciumPreprocess.model_validate(preprocess)


def test_a_chain_keeps_its_order_and_survives_a_dump() -> None:
    given = section(chain=["neuropil", {"dff": {"percentile": 10}}, {"derivative": None}])
    assert given.chain is not None
    assert [step.method for step in given.chain] == ["neuropil", "dff", "derivative"]
    assert section(**given.model_dump(mode="json")) == given


@pytest.mark.parametrize(
    ("kind", "neuropil", "expected"),
    [
        ("fluorescence", True, ["neuropil", "dff", "deconvolve", "derivative"]),
        ("fluorescence", False, ["dff", "deconvolve", "derivative"]),
        ("dff", False, ["deconvolve", "derivative"]),
        ("components", False, ["deconvolve", "derivative"]),
        ("zscore", False, ["derivative"]),
    ],
)
def test_the_usual_chain(kind: str, neuropil: bool, expected: list[str]) -> None:
    chain = section().cleaning.chain_for(kind, neuropil=neuropil)
    assert [step.method for step in chain] == expected
    assert section(chain=[]).cleaning.chain_for(kind, neuropil=neuropil) == []


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (["dff", "neuropil"], "neuropil must come before dff"),
        (["deconvolve", "resample"], "sfreq"),
        (["deconvolve", {"resample": {"sfreq": 5}}], "resample must come before deconvolve"),
        (["derivative", "motion"], "motion must come before derivative"),
        (["dff", "dff"], "more than once"),
        ([{"dff": {}, "motion": {}}], "exactly one method"),
        ([{"dff": {"windows": 3}}], "windows"),
        ([{"dff": {"window": 0}}], "greater than 0"),
        (["select"], "min_snr, max_noise or both"),
        ([{"deconvolve": {"tau_rise": 0.1}}], "tau_rise needs order: 2"),
        ([{"deconvolve": {"order": 2, "tau_decay": 0.5}}], "both tau_decay and tau_rise"),
        (
            [{"deconvolve": {"order": 2, "tau_decay": 0.1, "tau_rise": 0.5}}],
            "must be below tau_decay",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(chain: list[Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        section(chain=chain)


def test_narrow_parts_change_alone() -> None:
    first, second = section(), section(tuning={"bins": 12})
    assert first.cleaning == second.cleaning
    assert first.aligning == second.aligning
    assert first.describing != second.describing
