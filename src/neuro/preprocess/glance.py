"""What a look at a recording's header tells before anything runs."""

from dataclasses import dataclass, field


@dataclass
class Glance:
    """What was seen of one recording, without reading its samples.

    Parameters
    ----------
    problems, warnings : list of str
        What its jobs would fail on, and what may be meant and is worth a look.
    facts : dict of str to float or str
        What it holds, by name and in the order of telling, e.g. `{"units": 15}`.
    n_bytes : float
        Size of its files on disk.
    memory : dict of str to float
        Bytes that each rule's job takes at most.
    results : float
        Bytes that it leaves in `results`.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, float | str] = field(default_factory=dict)
    n_bytes: float = 0.0
    memory: dict[str, float] = field(default_factory=dict)
    results: float = 0.0
