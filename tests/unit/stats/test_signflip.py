import numpy as np

from neuro.stats.signflip import evaluate, signs


def test_false_positives_over_all_statistics_are_as_many_as_promised():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(400):
        epochs = rng.normal(size=(20, 1)) + rng.normal(size=(20, 15))  # dependent statistics
        null = signs(199, 20, rng) @ epochs
        found += bool(evaluate(epochs.sum(axis=0), null).p.min() <= 0.05)
    assert 0.02 * 400 <= found <= 0.08 * 400


def test_an_effect_is_found_and_p_is_never_zero():
    rng = np.random.default_rng(1)
    epochs = rng.normal(size=(20, 10))
    epochs[:, 3] += 3
    flipped = evaluate(epochs.sum(axis=0), signs(199, 20, rng) @ epochs)
    assert flipped.p[3] == 1 / 200
    assert (np.delete(flipped.p, 3) > 0.05).all()


def test_ties_count_as_reached():
    assert evaluate(np.array([2.0]), np.full((9, 1), -2.0)).p == [1.0]
