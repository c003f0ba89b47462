import pytest

from neuro.config import ConfigError, validate


def preprocess(raw_config, **decoding):
    section = raw_config["datasets"]["planted"]["preprocess"]
    section["decoding"] = decoding
    return section


def test_decoding_is_absent_unless_asked_for(raw_config):
    assert validate(raw_config).datasets["planted"].preprocess.decoding is None
    preprocess(raw_config)
    params = validate(raw_config).datasets["planted"].preprocess
    assert params.decoded.decoding.n_folds == 5
    assert params.decoded.contrasts == params.contrasts


def test_decoding_changes_neither_cleaning_nor_averaging(raw_config):
    without = validate(raw_config).datasets["planted"].preprocess
    preprocess(raw_config, n_folds=3)
    params = validate(raw_config).datasets["planted"].preprocess
    assert params.averaging == without.averaging
    assert params.cleaning == without.cleaning
    with pytest.raises(ValueError, match="decoding is not asked for"):
        _ = without.decoded


@pytest.mark.parametrize(
    ("decoding", "message"),
    [
        ({"n_folds": 1}, "greater than or equal to 2"),
        ({"shrinkage": 1}, "less than 1"),
        ({"gap": -1}, "greater than or equal to 0"),
        ({"bin_width": 0.5}, r"decoding.bin_width \(0.5 s\) must fit at least twice"),
        ({"n_permutation": 100}, "n_permutations"),
    ],
)
def test_what_cannot_be_is_refused(raw_config, decoding, message):
    preprocess(raw_config, **decoding)
    with pytest.raises(ConfigError, match=message):
        validate(raw_config)


def test_decoding_needs_a_contrast(raw_config):
    preprocess(raw_config)["contrasts"] = {}
    with pytest.raises(ConfigError, match="name a contrast, or leave decoding out"):
        validate(raw_config)
