"""All recordings of a dataset: their networks, and the maps of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.centrality import distance_degree
from neuro.analyses.graphs.cohort import check_lengths
from neuro.analyses.graphs.cycles import weighted_cycles, weighted_strength
from neuro.analyses.graphs.inputs import Nodes, recording_of, series_of, subject_of
from neuro.analyses.graphs.maps import feature_maps
from neuro.analyses.graphs.matrices import networks_of
from neuro.analyses.graphs.roi import MOST_NODES, modules_of, node_measures, whole_measures
from neuro.analyses.graphs.signals import Signals, standardize
from neuro.analyses.graphs.stream import networks
from neuro.analyses.graphs.thresholds import (
    Absolute,
    Density,
    Significance,
    Threshold,
    describe,
)
from neuro.io.progress import follow

if TYPE_CHECKING:
    from neuro.analyses.graphs.builder import Network
    from neuro.analyses.graphs.tables import EdgeTable
    from neuro.config.graphs import Graphs, GraphThreshold

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mapped:
    """Maps of all recordings.

    Parameters
    ----------
    nodes : Nodes
        What is connected.
    recordings : list of str
        Their names.
    subjects : list of str
        The subject of each.
    n_times : list of int
        Volumes of each that were used; empty where connections came as a table.
    thresholds : list of str
        What they are, in words.
    limits : ndarray, shape (n_recordings, n_thresholds)
        Correlations at which edges begin.
    densities : ndarray, shape (n_recordings, n_thresholds)
        Shares of pairs that are edges.
    maps : dict of str to ndarray, shape (n_recordings, n_thresholds, n_nodes)
        By measure.
    plain : dict of str to ndarray, shape (n_recordings, n_nodes)
        Maps without a threshold.
    whole : list of dict
        Of regions: measures of each recording's graph at the first threshold.
    correlation : ndarray, shape (n_recordings, n_nodes, n_nodes) | None
        Of regions; as a table has it, where it does.
    """

    nodes: Nodes
    recordings: list[str]
    subjects: list[str]
    n_times: list[int]
    thresholds: list[str]
    limits: Floats
    densities: Floats
    maps: dict[str, Floats]
    plain: dict[str, Floats]
    whole: list[dict[str, float]] = field(default_factory=list)
    correlation: Floats | None = None


def to_threshold(section: "GraphThreshold") -> Threshold:
    """The library's threshold of the configuration's."""
    params = section.params.model_dump()
    kinds: dict[str, type[Absolute | Density | Significance]] = {
        "absolute": Absolute,
        "density": Density,
        "significance": Significance,
    }
    return kinds[section.method](**params)


def map_recordings(
    paths: Sequence[Path],
    nodes: Nodes,
    settings: "Graphs",
    rng: np.random.Generator,
    n_threads: int = 1,
) -> Mapped:
    """Build every recording's networks, and their maps.

    Parameters
    ----------
    paths : sequence of Path
        Of :func:`neuro.analyses.graphs.inputs.common_nodes`.
    nodes : Nodes
        The nodes.
    settings : Graphs
        What is computed.
    rng : numpy.random.Generator
        Random numbers of the modules.
    n_threads : int
        Threads.

    Returns
    -------
    mapped : Mapped
        The maps.
    """
    thresholds = [to_threshold(section) for section in settings.thresholds]
    seed = int(rng.integers(2**31))
    found: list[list[dict[str, Floats]]] = []
    plain: list[dict[str, Floats]] = []
    limits, densities, n_times, whole, correlations = [], [], [], [], []
    regional = nodes.kind == "parcels" and len(nodes) <= MOST_NODES
    for path in follow(paths, logger, "recording"):
        series = series_of(path, nodes, settings.n_volumes)
        signals = standardize(series, where=str(path), names=nodes.names)
        built = networks(signals, thresholds, sign=settings.sign, n_threads=n_threads)
        found.append([_maps(network, nodes, settings, n_threads) for network in built])
        plain.append(_plain(signals))
        limits.append([network.threshold for network in built])
        densities.append([network.graph.density for network in built])
        n_times.append(len(series))
        if regional:
            modules = modules_of(built[0].graph, seed)
            found[-1] = [
                maps | node_measures(network.graph, modules)
                for maps, network in zip(found[-1], built, strict=True)
            ]
            whole.append(whole_measures(built[0].graph, modules))
            correlations.append((signals @ signals.T).astype(np.float64))
        logger.info("%s: %d edges", recording_of(path), built[0].graph.n_edges)
    if any(isinstance(threshold, Absolute) for threshold in thresholds):
        check_lengths(n_times, [recording_of(path) for path in paths])
    return Mapped(
        nodes=nodes,
        recordings=[recording_of(path) for path in paths],
        subjects=[subject_of(path) for path in paths],
        n_times=n_times,
        thresholds=[describe(threshold) for threshold in thresholds],
        limits=np.array(limits),
        densities=np.array(densities),
        maps=_stacked(found),
        plain={name: np.array([one[name] for one in plain]) for name in plain[0]},
        whole=whole,
        correlation=np.array(correlations) if regional else None,
    )


def map_table(table: "EdgeTable", settings: "Graphs", rng: np.random.Generator) -> Mapped:
    """Threshold every subject's connectivity, and map the networks.

    Parameters
    ----------
    table : EdgeTable
        The connectivity.
    settings : Graphs
        What is computed.
    rng : numpy.random.Generator
        Random numbers of the modules.

    Returns
    -------
    mapped : Mapped
        The maps; its recordings are the subjects.
    """
    n = len(table.regions)
    nodes = Nodes("parcels", table.regions, np.full((n, 3), np.nan), np.arange(n))
    thresholds = [to_threshold(section) for section in settings.thresholds]
    seed = int(rng.integers(2**31))
    found: list[list[dict[str, Floats]]] = []
    limits, densities, whole = [], [], []
    for subject, matrix in zip(table.subjects, table.matrices, strict=True):
        built = networks_of(matrix, thresholds, settings.sign, f"{table.where}: {subject}")
        modules = modules_of(built[0].graph, seed)
        found.append(
            [
                _maps(network, nodes, settings, 1) | node_measures(network.graph, modules)
                for network in built
            ]
        )
        limits.append([network.threshold for network in built])
        densities.append([network.graph.density for network in built])
        whole.append(whole_measures(built[0].graph, modules))
    off = table.matrices * ~np.eye(n, dtype=bool)
    return Mapped(
        nodes=nodes,
        recordings=table.subjects,
        subjects=table.subjects,
        n_times=[],
        thresholds=[describe(threshold) for threshold in thresholds],
        limits=np.array(limits),
        densities=np.array(densities),
        maps=_stacked(found),
        plain={
            "unthresholded_strength": off.sum(axis=2),
            "unthresholded_cycles3": np.einsum("sij,sjk,ski->si", off, off, off, optimize=True),
        },
        whole=whole,
        correlation=table.matrices,
    )


def _stacked(found: list[list[dict[str, Floats]]]) -> dict[str, Floats]:
    """Maps by name, from those by recording and threshold."""
    return {
        name: np.array([[one[name] for one in recording] for recording in found])
        for name in found[0][0]
    }


def _maps(
    network: "Network", nodes: Nodes, settings: "Graphs", n_threads: int
) -> dict[str, Floats]:
    maps = feature_maps(network, settings.measures, n_threads)
    if settings.distances and np.isfinite(nodes.places).all():
        bounds = [*settings.distances, np.inf]
        counts = distance_degree(network.graph, nodes.places, bounds)
        for k, low in enumerate(settings.distances):
            high = bounds[k + 1]
            name = f"degree_{low:g}mm_up" if np.isinf(high) else f"degree_{low:g}_{high:g}mm"
            maps[name] = counts[:, k].astype(np.float64)
    return maps


def _plain(signals: Signals) -> dict[str, Floats]:
    return {
        "unthresholded_strength": weighted_strength(signals),
        "unthresholded_cycles3": weighted_cycles(signals),
    }
