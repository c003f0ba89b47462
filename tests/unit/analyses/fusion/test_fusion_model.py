from dataclasses import replace

import numpy as np
import pytest
import torch

from neuro.analyses.fusion.activation import activate, deletion, ranking_area, sanity
from neuro.analyses.fusion.cohort import Cohort, View, fisher, upper
from neuro.analyses.fusion.encoders import EncoderPlan, train_encoders
from neuro.analyses.fusion.heads import HeadPlan, terms_of
from neuro.analyses.fusion.judging import fold_numbers, judge
from neuro.analyses.fusion.kernels import KERNELS, aligned_weights
from neuro.analyses.fusion.model import FusionPlan, fit, permuted
from neuro.analyses.fusion.networks import Data, info_nce
from neuro.analyses.fusion.pairing import direct, linear, match
from neuro.analyses.fusion.ridge import score_ridge
from neuro.analyses.fusion.transformer import Transformer, score_transformer
from neuro.datasets.multimodal import People, Recipe, simulate
from neuro.stats.folds import nested

RECIPE = Recipe(n_subjects=120, n_regions=24, n_networks=2, network_size=8, region_loading=1.2)
QUICK = FusionPlan(EncoderPlan(n_networks=6, n_encoders=2, n_steps=50))


def cohort_of(people: People) -> Cohort:
    who = np.array([f"{k:03d}" for k in range(len(people.labels))])
    return Cohort(
        views=(
            View("alff", "function", "regions", people.alff),
            View("fc", "function", "edges", fisher(upper(people.fc, "fc", who))),
            View("fa", "structure", "regions", people.fa),
            View("sc", "structure", "edges", np.log1p(upper(people.sc, "sc", who))),
        ),
        regions=tuple(f"r{k}" for k in range(people.alff.shape[1])),
        subjects=who,
        labels=people.labels,
        matrices=people.fc,
    )


def folds_of(cohort):
    rng = np.random.default_rng(0)
    return nested(cohort.labels, cohort.subjects, cohort.subjects, 4, 3, rng)


@pytest.fixture(scope="module")
def people():
    return simulate(RECIPE, 5)


@pytest.fixture(scope="module")
def cohort(people):
    return cohort_of(people)


@pytest.fixture(scope="module")
def folds(cohort):
    return folds_of(cohort)


@pytest.fixture(scope="module")
def fitted(cohort, folds):
    return fit(cohort, folds, QUICK, np.random.default_rng(0))


def areas(cohort, folds, scored, reference="fusion"):
    rng = np.random.default_rng(0)
    return judge(scored, cohort.labels, folds, rng, reference)


def test_fusion_finds_what_no_modality_holds(cohort, folds, fitted):
    scored = {name: score_ridge(cohort, name, folds) for name in ("early", "function_ridge")}
    judged = areas(cohort, folds, {"fusion": fitted.scored} | scored)
    assert judged["fusion"].auroc > 0.7
    assert judged["early"].auroc < 0.65
    assert judged["early"].difference_interval[0] > 0


def test_additive_effects_are_found_by_plain_methods_too():
    people = simulate(replace(RECIPE, effect="additive"), 5)
    cohort = cohort_of(people)
    folds = folds_of(cohort)
    scored = {"early": score_ridge(cohort, "early", folds)}
    scored["fusion"] = fit(cohort, folds, QUICK, np.random.default_rng(0)).scored
    judged = areas(cohort, folds, scored)
    assert judged["early"].auroc > 0.65
    assert abs(judged["early"].difference) < 0.15


def test_the_map_ranks_what_was_planted_first(people, fitted):
    regions, pairs = activate(fitted).joint()
    rows, columns = np.triu_indices(24, 1)
    planted = people.planted
    assert ranking_area(regions, planted) > 0.9
    both = planted[rows] & planted[columns]
    assert ranking_area(pairs[rows, columns], both) > 0.9


def test_deletion_by_the_map_hurts_more_than_by_chance(fitted):
    rng = np.random.default_rng(0)
    curves = deletion(fitted, activate(fitted), rng, n_random=2)
    assert curves["regions/first"].mean() < curves["regions/random"].mean()
    assert curves["regions/last"].mean() > curves["regions/first"].mean() + 0.05
    assert curves["regions/first"][0] == curves["pairs/last"][0]


def test_randomized_encoders_lose_the_map(fitted):
    assert sanity(fitted, activate(fitted), np.random.default_rng(0))["encoders"] < 0.5


def test_deleting_nothing_and_everything(fitted):
    from neuro.analyses.fusion.encoders import Keep

    whole = fitted.without(Keep(torch.ones(24), torch.ones(24, 24)))
    assert np.allclose(whole, fitted.scored.test, atol=1e-4)
    nothing = fitted.without(Keep(torch.zeros(24)))
    numbers = fold_numbers(fitted.folds, len(fitted.cohort))
    assert np.ptp(nothing[numbers == 0]) < 1e-4


def test_test_subjects_change_nothing_that_is_learned(cohort, folds):
    spoiled = [
        replace(view, values=np.where(np.isin(np.arange(120), folds[0].split.test)[:, None],
                                      view.values[:1], view.values))
        for view in cohort.views
    ]  # fmt: skip
    plan = replace(QUICK.encoder, n_steps=5)
    found = []
    for views in (cohort.views, tuple(spoiled)):
        data = Data.of(replace(cohort, views=views), [folds[0].split.train])
        found.append(train_encoders(data, plan, np.random.default_rng(1)).weights["function"])
    assert torch.allclose(found[0], found[1], atol=2e-3)


def test_permuted_labels_are_chance(cohort, folds, fitted):
    rng = np.random.default_rng(3)
    numbers = fold_numbers(folds, len(cohort))
    from neuro.analyses.fusion.judging import area_of

    null = []
    for _ in range(6):
        labels = rng.permutation(cohort.labels)
        null.append(area_of(permuted(fitted, labels)[1].test, labels, numbers))
    assert abs(np.mean(null) - 0.5) < 0.1


def test_info_nce_has_its_limits():
    torch.manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(40, 64), dim=-1)
    everybody = torch.ones(40)
    assert float(info_nce(rows, rows, everybody, 0.02)) < 1e-3
    same = torch.ones(40, 3)
    assert float(info_nce(same, same, everybody, 0.3)) == pytest.approx(np.log(40), abs=1e-4)
    # A wrong positive for everybody is worse than none.
    assert float(info_nce(rows, rows.roll(1, 0), everybody, 0.1)) > np.log(40)


def test_states_are_the_formulas(cohort, folds):
    data = Data.of(cohort, [folds[0].split.train])
    weights = torch.rand(1, 1, 1, 24)
    regions, edges = data.inputs[0], data.inputs[1]
    w = weights[0, 0, 0].double().numpy()
    train = folds[0].split.train
    alff = cohort.views[0].values
    expected = (alff - alff.mean(0)) / alff[train].std(0) @ w
    assert np.allclose(regions.states(weights)[0, 0, :, 0], expected, atol=1e-3)
    rows, columns = np.triu_indices(24, 1)
    fc = cohort.views[1].values
    expected = (fc - fc.mean(0)) / fc[train].std(0) @ (w[rows] * w[columns])
    assert np.allclose(edges.states(weights)[0, 0, :, 0], expected, atol=1e-2)


def test_gradients_of_pairs_are_autograds(cohort, folds):
    data = Data.of(cohort, [folds[0].split.train])
    edges = data.inputs[3]
    first = torch.rand(1, 1, 2, 24, requires_grad=True)
    second = first.detach().clone().requires_grad_()
    edges.states(first).square().sum().backward()
    products = second[..., edges.rows] * second[..., edges.columns] * edges.scale[0]
    (edges.values @ products[0, 0].T).square().sum().backward()
    assert torch.allclose(first.grad, second.grad, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("method", [*KERNELS, "late"])
def test_every_method_predicts_everybody(cohort, folds, method):
    scored = score_ridge(cohort, method, folds)
    assert np.isfinite(scored.test).all()
    for k, fold in enumerate(folds):
        assert np.isfinite(scored.inner[k, fold.split.train]).all()
        assert np.isnan(scored.inner[k, fold.split.test]).all()


def test_products_find_the_interaction(people):
    strong = simulate(replace(RECIPE, region_loading=3.0, edge_loading=2.0), 5)
    cohort = cohort_of(strong)
    folds = folds_of(cohort)
    scored = {name: score_ridge(cohort, name, folds) for name in ("products", "early")}
    judged = areas(cohort, folds, scored, "products")
    assert judged["products"].auroc > 0.7 > judged["early"].auroc


def test_the_transformer_is_of_equal_size(cohort, folds, fitted):
    model = Transformer(1, 1, 4, 90, torch.Generator())
    networks = 16 * 90 + 48 + 1
    assert 0.8 < model.n_parameters / networks < 1.25
    scored = score_transformer(cohort, folds, np.random.default_rng(0))
    assert np.isfinite(scored.test).all()


def test_alignment_of_kernels_prefers_the_one_with_labels():
    rng = np.random.default_rng(0)
    targets = np.repeat([1.0, -1.0], 30)
    telling = np.outer(targets, targets) + 0.1 * np.eye(60)
    noise = rng.standard_normal((60, 5))
    weights = aligned_weights([noise @ noise.T, telling], targets, np.arange(60))
    assert weights[1] > 0.8
    assert weights.sum() == pytest.approx(1)


def test_terms_are_the_switches():
    states = torch.randn(2, 1, 7, 4)
    for names, n in ((("networks",), 4), (("additive",), 8), (("additive", "cross"), 20)):
        terms, penalties = terms_of(states, states, HeadPlan(interactions=names))
        assert terms.shape == (2, 1, 7, n)
        assert penalties.shape == (n,)


def test_someone_without_a_modality_is_predicted(cohort, folds):
    gone = np.isin(np.arange(120), folds[1].split.test[:5])
    views = tuple(
        replace(v, values=np.where(gone[:, None], np.nan, v.values))
        if v.modality == "structure" else v
        for v in cohort.views
    )  # fmt: skip
    partial = replace(cohort, views=views)
    found = fit(partial, folds, QUICK, np.random.default_rng(0)).scored.test
    assert np.isfinite(found).all()
    kept = partial.complete("drop")
    assert len(kept) == 115
    assert set(kept.left_out.values()) == {"has no structure"}
    assert len(partial.complete("impute")) == 120


def test_a_rare_group_weighs_as_much(people):
    cohort = cohort_of(people)
    ill = np.flatnonzero(people.labels)
    index = np.sort(np.concatenate([np.flatnonzero(~people.labels), ill[: len(ill) // 3]]))
    few = cohort.select(index)
    folds = folds_of(few)
    scored = {"fusion": fit(few, folds, QUICK, np.random.default_rng(0)).scored}
    probability = areas(few, folds, scored)["fusion"].probability
    assert 0.25 < (probability > 0.5).mean() < 0.75


def test_bad_matrices_are_refused(people):
    who = np.array(["a", "b"])
    skew = people.sc[:2].copy()
    skew[1, 0, 1] += 5
    with pytest.raises(ValueError, match=r"sc: 1 matrices are not symmetric, e\.g\. that of b"):
        upper(skew, "sc", who)
    with pytest.raises(ValueError, match="must be square"):
        upper(people.sc[:2, :3], "sc", who)


def test_pairs_of_one_person_are_told():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((12, 45))
    who = np.array([f"{k}" for k in range(12)])
    views = (
        View("fc", "function", "edges", shared + 0.5 * rng.standard_normal((12, 45))),
        View("sc", "structure", "edges", shared + 0.5 * rng.standard_normal((12, 45))),
    )
    cohort = Cohort(views, tuple(f"r{k}" for k in range(10)), who)
    paired = match(cohort, direct, rng)
    assert paired.accuracy > 0.9
    assert len(paired.right) == 66
    alone = replace(
        cohort, views=(views[0], replace(views[1], values=rng.standard_normal((12, 45))))
    )
    low, high = match(alone, linear, rng).interval
    assert low < 0.5 < high
    with pytest.raises(ValueError, match="at least 4 subjects"):
        match(cohort.select(np.arange(3)), direct, rng)


def test_one_modality_is_enough_for_additive_terms():
    people = simulate(replace(RECIPE, effect="additive"), 5)
    whole = cohort_of(people)
    alone = replace(whole, views=tuple(v for v in whole.views if v.modality == "structure"))
    plan = FusionPlan(
        EncoderPlan(alignments=("structure",), n_networks=6, n_encoders=1, n_steps=20),
        HeadPlan(interactions=("additive",)),
    )
    folds = folds_of(alone)
    rng = np.random.default_rng(0)
    fitted = fit(alone, folds, plan, rng)
    assert np.isfinite(fitted.encoders.losses).all()
    found = judge({"own": fitted.scored}, people.labels, folds, rng, "own")["own"]
    assert found.interval[0] > 0.5
