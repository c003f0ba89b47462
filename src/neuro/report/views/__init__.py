"""Interactive views of what an analysis stored, for sections whose data are small."""

from collections.abc import Callable, Collection
from pathlib import Path

from neuro.report import gather, view
from neuro.report.views import erp, network, states

There = Callable[[Path], bool]
MAKERS: tuple[Callable[[gather.Word, There], list[view.View]], ...] = (
    erp.views,
    states.views,
    network.views,
)


def views_of(word: gather.Word, data: Collection[Path] | None = None) -> tuple[view.View, ...]:
    """Views of one word of one dataset.

    Parameters
    ----------
    word : Word
        Its manifests; the data lie beside them.
    data : collection of Path | None
        The files that may be read; whatever there is when None.

    Returns
    -------
    views : tuple of View
        Empty where there is nothing to look into.
    """

    def there(path: Path) -> bool:
        return (data is None or path in data) and path.is_file()

    return tuple(made for maker in MAKERS for made in maker(word, there))
