import pytest
from pydantic import ValidationError

from neuro.config.spectra import Spectra


def test_usual_bands_are_cut_to_the_limits():
    assert Spectra().named_bands["gamma"] == (30, 45)
    assert list(Spectra(fmin=2, fmax=32).named_bands) == ["delta", "theta", "alpha", "beta"]
    assert Spectra(fmin=2, fmax=40).named_bands["gamma"] == (30, 40)
    assert Spectra(fmin=2, fmax=40).named_bands["delta"] == (2, 4)


def test_the_fit_looks_at_everything_unless_told():
    assert Spectra(fmin=2, fmax=40).fit_range == (2, 40)
    assert Spectra(aperiodic={"fit_range": [3, 30]}).fit_range == (3, 30)


def test_a_dump_validates_again():
    params = Spectra(connectivity={"bands": ["alpha"]}, microstates={})
    assert Spectra.model_validate(params.model_dump(mode="json")) == params


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fmin": 50}, r"fmin \(50\) must be below fmax \(45\)"),
        ({"fmin": 0.1}, "must hold a cycle of fmin .* give at least 10 s"),
        ({"bands": {"high": [40, 60]}}, r"bands.high \[40.0, 60.0\] must rise and lie within"),
        ({"bands": {"alpha": [13, 8]}}, "bands.alpha .* must rise"),
        ({"bands": {"narrow": [10, 10.2]}}, r"must be at least 2 / window = 0.5 Hz wide"),
        ({"fmin": 46, "fmax": 80, "aperiodic": None}, "no usual band"),
        ({"bandwidth": 2}, "belongs to method multitaper"),
        ({"method": "multitaper", "bandwidth": 0.1}, "must be at least 2 / window"),
        ({"aperiodic": {"fit_range": [1, 60]}}, "aperiodic.fit_range .* within"),
        ({"aperiodic": {"peak_width_limits": [0.1, 8]}}, "begin at 2 / window = 0.5 Hz"),
        ({"connectivity": {"bands": ["alfa"]}}, r"names \['alfa'\]; allowed: \['alpha'"),
        ({"connectivity": {"epoch": 2}}, "5 cycles of delta's lowest frequency .* at least 5 s"),
        ({"microstates": {"band": [20, 2]}}, "microstates.band .* must rise"),
    ],
)
def test_what_cannot_work_is_told(given, message):
    with pytest.raises(ValidationError, match=message):
        Spectra.model_validate(given)
