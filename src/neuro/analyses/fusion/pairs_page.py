"""What matching has to say: its figure and its manifest."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure as Drawing

from neuro.analyses.fusion.cohort import Cohort
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.pairing import Paired
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest, Table
from neuro.viz.style import BLUE, GREY, ORANGE, new_figure

Found = Mapping[tuple[str, str], Paired]
LABELS = {
    "networks": "networks, aligned by InfoNCE",
    "linear": "canonical correlations (linear)",
    "direct": "correlation of deviations",
}
AMONG = {"all": "all people", "within": "people of the same dataset"}
FEW = 30
"""People below whose number the manifest warns."""


def pairs_figure(found: Found) -> Drawing:
    """Accuracy of each way with its interval."""
    figure = new_figure(height=1.3 + 0.28 * len(found), width=8.4)
    axes = figure.subplots()
    several = len({among for _, among in found}) > 1
    for k, ((_, among), paired) in enumerate(found.items()):
        color = ORANGE if among == "within" else BLUE
        axes.plot(paired.interval, [k, k], color=color)
        axes.plot(paired.accuracy, k, "o", color=color)
    names = [LABELS[name] + f"; {AMONG[among]}" * several for name, among in found]
    axes.set_yticks(range(len(found)), names)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    axes.axvline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_xlabel("right pairing fits better (share of comparisons)")
    return figure


def pairs_manifest(
    cohort: Cohort, found: Found, plan: EncoderPlan, below: Mapping[str, str],
    dataset: str, fetched: Sequence[Mapping[str, str]],
) -> Manifest:  # fmt: skip
    """The manifest of a matching.

    Parameters
    ----------
    cohort : Cohort
        The people.
    found : mapping of (str, str) to Paired
        By method and by who is compared.
    plan : EncoderPlan
        The encoders.
    below : mapping of str to str
        Paths of `figures` and `pairs` from the manifest.
    dataset : str
        Its name.
    fetched : sequence of mapping
        Citation and license of each dataset.
    """
    sites = cohort.sites
    of = "" if sites is None else f"; datasets: {_sizes(cohort)}"
    return Manifest(
        word="fusion",
        dataset=dataset,
        title=f"Function and structure of {dataset}, matched",
        question="Do a functional and a structural matrix tell that they are of one person?",
        key_numbers=[
            KeyNumber(name=f"Matching, {LABELS[name]}"
                      + (f", {AMONG[among]}" if sites is not None else ""),
                      value=paired.accuracy, unit="", interval=paired.interval, confidence=0.95,
                      chance=0.5,
                      n=f"{len(paired.right)} comparisons of two among {len(cohort)} people")
            for (name, among), paired in found.items()
        ],
        figures=[
            Figure(
                path=f"{below['figures']}/pairs.svg",
                title="Matching",
                caption="Share of comparisons of two people in which the right pairing fits "
                "better, with 95 % bootstrap interval over people. Dashed: chance."
                + (" Orange: people of the same dataset, whom no scanner tells apart."
                   if sites is not None else ""),
                alt=f"Accuracies of {len(found)} ways to match.",
            )
        ],
        tables=[Table(path=below["pairs"], title="Comparisons",
                      caption="1 where the right pairing of two people fits better.")],
        methods=[
            "Every two people were held out in turn; from the others were learned means and "
            f"spreads, and {plan.n_networks} networks of regions that align function with "
            "structure by InfoNCE, or canonical variates. The two right pairings were compared "
            f"with the two wrong ones. No labels are used. {len(cohort)} people{of}."
        ],
        citations=[Citation(text=text) for text in dict.fromkeys(f["citation"] for f in fetched)],
        licenses=list(dict.fromkeys(f["license"] for f in fetched)),
        warnings=_warnings(cohort),
    )  # fmt: skip


def _sizes(cohort: Cohort) -> str:
    assert cohort.sites is not None
    names = list(dict.fromkeys(cohort.sites.tolist()))
    return ", ".join(f"{name} ({int((cohort.sites == name).sum())})" for name in names)


def _warnings(cohort: Cohort) -> list[str]:
    told = []
    if len(cohort) < FEW:
        told.append(f"{len(cohort)} people: intervals are wide, and say little beyond them.")
    if cohort.sites is not None:
        told.append(
            f"People come from several datasets ({_sizes(cohort)}): between datasets the scanner "
            "alone may tell which matrices go together; compare within a dataset."
        )
    if cohort.left_out:
        told.append(f"Left out: {cohort.left_out}")
    return told
