"""Where torch computes."""

import torch

ALLOWED = ("auto", "cpu", "cuda")


def pick_device(device: str = "auto") -> torch.device:
    """Turn a configured device into torch's.

    Parameters
    ----------
    device : str
        `auto` for CUDA where there is one and else the CPU; `cpu`; `cuda`, or `cuda:1` for one of
        several.

    Returns
    -------
    device : torch.device
        The device.

    Raises
    ------
    ValueError
        If there is no such device here.
    """
    kind, _, index = device.partition(":")
    if kind not in ALLOWED or (index and (kind != "cuda" or not index.isdigit())):
        raise ValueError(f"device: got {device!r}. Allowed: auto, cpu, cuda, cuda:<index>.")
    if kind == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if kind == "cuda":
        count = torch.cuda.device_count()
        if int(index or 0) >= count:
            raise ValueError(
                f"device: {device!r} asked for, but torch sees {count} CUDA device(s) here; "
                "use `auto`, or install a CUDA build of torch"
            )
    return torch.device(device)
