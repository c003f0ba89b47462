"""What a network costs: parameters, operations, and the rule that keeps training within bounds."""

import torch
from torch import nn

from neuro.analyses.eegbench.networks.contracts import NetworkInput
from neuro.analyses.eegbench.networks.library import quiet

_COUNTED: dict[tuple[object, ...], float] = {}
"""Operations by structure: every fold has the same, and to count them takes longer than a step."""


def count_parameters(module: nn.Module, trained: bool = False) -> int:
    """Count parameters.

    Parameters
    ----------
    module : nn.Module
        Network.
    trained : bool
        Only those with a gradient.
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not trained)


def count_flops(module: nn.Module, given: NetworkInput) -> float:
    """Count floating-point operations of the forward pass of one trial.

    Parameters
    ----------
    module : nn.Module
        Network.
    given : NetworkInput
        What it is fed.

    Returns
    -------
    flops : float
        Of matrix products and convolutions; Fourier transforms are not counted.
    """
    structure = tuple((name, tuple(value.shape)) for name, value in module.state_dict().items())
    key = (type(module).__qualname__, given.n_channels, given.n_times, structure)
    if key not in _COUNTED:
        _COUNTED[key] = _count(module, given)
    return _COUNTED[key]


def _count(module: nn.Module, given: NetworkInput) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    device = next(module.parameters()).device
    was_training = module.training
    module.eval()
    counter = FlopCounterMode(display=False)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # one fused operation, which is not counted
    try:
        with torch.no_grad(), quiet(), counter:
            module(torch.zeros(2, given.n_channels, given.n_times, device=device))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        module.train(was_training)
    return counter.get_total_flops() / 2


def affordable_updates(
    flops: float, batch_size: int, gflops: float, seconds: float | None, wanted: int
) -> int:
    """Say how many gradient steps fit into a budget.

    The budget is reckoned in operations at a rate that was measured once, not by the clock, so that
    a busy machine trains as long as a quiet one and gives the same network.

    Parameters
    ----------
    flops : float
        Of the forward pass of one trial; a step costs three times as much for each trial.
    batch_size : int
        Trials in a step.
    gflops : float
        Billion operations in a second.
    seconds : float or None
        Budget; None for no limit.
    wanted : int
        Steps in all epochs.

    Returns
    -------
    updates : int
        At least 1, at most `wanted`.
    """
    if seconds is None:
        return wanted
    return max(1, min(wanted, int(seconds * gflops * 1e9 / (3 * flops * batch_size))))
