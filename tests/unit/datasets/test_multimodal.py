import numpy as np
import pytest

from neuro.datasets.multimodal import REPORTED, SLOPES, Recipe, oracle, simulate, without_effect

SMALL = Recipe(n_subjects=60, n_regions=24, n_networks=2, network_size=6)


def test_the_oracle_does_not_exceed_its_bound():
    assert oracle(simulate(Recipe(), REPORTED[0])) <= 0.9


def test_a_long_run_gives_the_stated_areas():
    many = {"n_subjects": 20_000, "n_regions": 4, "n_networks": 1, "network_size": 2}
    assert oracle(simulate(Recipe(**many), 0)) == pytest.approx(0.855, abs=0.01)
    additive = simulate(Recipe(**many, effect="additive"), 0)
    assert oracle(additive) == pytest.approx(0.862, abs=0.01)
    assert oracle(simulate(Recipe(**many, effect="none"), 0)) == 0.5


def test_no_modality_alone_tells_the_disease_but_both_do():
    many = simulate(Recipe(n_subjects=5000, n_regions=8, n_networks=1, network_size=4), 1)
    ill = many.labels
    bound = 4 / np.sqrt(len(ill))
    engaged, intact = many.engagement[:, 0], many.integrity[:, 0]
    for alone in (engaged, intact, engaged**2, intact**2):
        assert abs(np.corrcoef(alone, ill)[0, 1]) < bound
    assert np.corrcoef(engaged * intact, ill)[0, 1] > 0.5
    planted = many.planted
    product = many.alff[:, planted].mean(1) - many.alff[:, planted].mean()
    product = product * (many.fa[:, planted].mean(1) - many.fa[:, planted].mean())
    assert np.corrcoef(product, ill)[0, 1] > 0.3


def test_matrices_are_what_they_are_called():
    people = simulate(SMALL, 0)
    assert np.linalg.eigvalsh(people.fc).min() > 0
    assert np.allclose(np.einsum("nii->ni", people.fc), 1)
    assert np.array_equal(people.fc, people.fc.transpose(0, 2, 1))
    assert np.array_equal(people.sc, people.sc.transpose(0, 2, 1))
    assert (people.sc >= 0).all()
    assert not np.einsum("nii->ni", people.sc).any()
    assert ((people.fa > 0) & (people.fa < 1)).all()


def test_effects_change_labels_alone():
    people, plain = simulate(SMALL, 3), simulate(without_effect(SMALL), 3)
    assert np.array_equal(people.fc, plain.fc)
    assert np.array_equal(people.sc, plain.sc)
    assert np.array_equal(people.age, plain.age)
    assert not np.array_equal(people.labels, plain.labels)
    assert not plain.odds.any()
    assert SLOPES["none"] == 0


def test_networks_do_not_fit_into_few_regions():
    with pytest.raises(ValueError, match="need 24 regions, got 20"):
        Recipe(n_regions=20, n_networks=4, network_size=6)
    with pytest.raises(ValueError, match="must be even"):
        Recipe(n_regions=91)
