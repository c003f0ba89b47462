"""Is an EDF or BDF file whole? Its header says how long it must be.

Header layout: Kemp et al. (1992), Electroenceph. Clin. Neurophysiol. 82:391-393; BDF differs in
its first byte and in its 3 bytes per sample.
"""

from pathlib import Path

FIXED = 256
"""Bytes of the header's fixed part, and of each signal's part."""
SAMPLES_FIELD = 216
"""Bytes of a signal's header fields that come before `samples per data record`."""


def edf_size_check(path: str | Path) -> None:
    """Check that an EDF or BDF file holds as many bytes as its header announces.

    Parameters
    ----------
    path : str | Path
        An `.edf` or `.bdf` file.

    Raises
    ------
    ValueError
        If the file is shorter or longer than announced, was not closed by its recorder (-1 data
        records), or has no readable header.
    """
    path = Path(path)
    found = path.stat().st_size
    try:
        header_bytes, n_records, samples = _read_header(path)
    except ValueError as error:
        raise ValueError(
            f"{path}: not a readable EDF or BDF header ({error}). {_REMEDY}"
        ) from error
    if n_records < 0:
        raise ValueError(
            f"{path}: the header announces {n_records} data records: the recording was not "
            f"closed. Repair it with the recorder's own software. {_REMEDY}"
        )
    width = 3 if path.suffix.lower() == ".bdf" else 2
    expected = header_bytes + n_records * width * sum(samples)
    if found != expected:
        state = "truncated" if found < expected else "longer than its header announces"
        raise ValueError(
            f"{path}: the file is {state}: expected {expected} bytes ({n_records} data records), "
            f"found {found}. {_REMEDY}"
        )


_REMEDY = "Copy the file from its source again, or leave the recording out with `exclude`."


def _read_header(path: Path) -> tuple[int, int, list[int]]:
    """Bytes of the header, number of data records, samples per record of each signal."""
    with path.open("rb") as file:
        fixed = file.read(FIXED)
        if len(fixed) < FIXED:
            raise ValueError(f"only {len(fixed)} bytes")
        n_signals = int(fixed[252:256])
        if n_signals < 1:
            raise ValueError(f"{n_signals} signals")
        signals = file.read(FIXED * n_signals)
    start = SAMPLES_FIELD * n_signals
    samples = [int(signals[start + 8 * i : start + 8 * i + 8]) for i in range(n_signals)]
    header_bytes = int(fixed[184:192])
    if header_bytes != FIXED * (n_signals + 1):
        raise ValueError(f"{header_bytes} header bytes for {n_signals} signals")
    return header_bytes, int(fixed[236:244]), samples
