"""A figure of ours as PDF: the part of SVG that matplotlib writes, in vectors throughout.

Shapes, colors, transparency, dashes, clipping and pictures inside are kept. A file that uses more
of SVG than that (text as text, gradients, filters) has no PDF.
"""

import base64
import io
import math
import os
import re
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET  # nosec B405

from PIL import Image

SPACE, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
PAINTED = {"g", "path", "use", "image", "rect"}
PASSED_OVER = {"defs", "metadata", "style", "title", "desc"}
CAPS, JOINS = ("butt", "round", "square"), ("miter", "round", "bevel")
START = {"fill": "#000000", "stroke": "none", "stroke-width": "1"}
OPERATORS = {"M": "m", "L": "l", "C": "c", "Q": "c"}
PARTS = {"M": 2, "L": 2, "C": 6, "Q": 6}
"""Operators of PDF for pieces of a path, and how many numbers belong to each."""
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PIECE = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_MOVE = re.compile(r"(\w+)\(([^)]*)\)")
_RULE = re.compile(r"\*\s*\{([^}]*)\}")

Style = dict[str, str]


class UnsupportedError(ValueError):
    """The figure uses more of SVG than can be told in PDF here."""


def convert(source: Path, target: Path) -> bool:
    """Write a figure as PDF; the same figure gives the same bytes.

    Parameters
    ----------
    source : Path
        An SVG file.
    target : Path
        The PDF file.

    Returns
    -------
    made : bool
        Whether it could be told in PDF; if not, nothing is written.
    """
    if source.suffix.lower() != ".svg":
        return False
    try:
        content = _Drawing(ET.parse(source).getroot()).file()  # nosec B314
    except (UnsupportedError, ET.ParseError):
        return False
    target.write_bytes(content)
    return True


def convert_all(sources: Sequence[Path], folder: Path, processes: int = 1) -> dict[Path, Path]:
    """Write figures as PDF.

    Parameters
    ----------
    sources : sequence of Path
        Figures.
    folder : Path
        Where the PDF files are written, under names that say nothing.
    processes : int
        How many work at a time.

    Returns
    -------
    made : dict of Path to Path
        PDF by figure, of those that could be told in PDF.
    """
    own = list(dict.fromkeys(sources))
    targets = [folder / f"{k}.pdf" for k in range(len(own))]
    if processes == 1:
        made = list(map(convert, own, targets))
    else:
        with ProcessPoolExecutor(processes, initializer=_end_with, initargs=(os.getpid(),)) as pool:
            made = list(pool.map(convert, own, targets, chunksize=4))
    return {source: target for source, target, done in zip(own, targets, made, strict=True) if done}


def _end_with(parent: int, interval: float = 0.5) -> None:
    """End this process when the one that it works for is gone: a killed one says nothing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(interval)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _Drawing:
    """Objects of one page, gathered while its elements are walked through."""

    def __init__(self, root: ET.Element) -> None:
        box = [float(part) for part in _NUMBER.findall(root.get("viewBox", ""))]
        if len(box) != 4:
            raise UnsupportedError("no viewBox")
        self.width, self.height = box[2:]
        self.known = {e.get("id", ""): e for e in root.iter() if e.get("id")}
        self.objects: list[bytes] = [b"", b"", b"", b""]  # catalog, pages, page, content
        self.forms: dict[tuple[str, str], str] = {}
        self.alphas: dict[tuple[str, str], str] = {}
        self.resources: dict[str, dict[str, int]] = {"XObject": {}, "ExtGState": {}}
        self.lines = [f"1 0 0 -1 0 {_n(self.height)} cm"]
        self.walk(root, {**START, **_sheet(root)})

    def walk(self, parent: ET.Element, style: Style) -> None:
        for element in parent:
            name = element.tag.removeprefix(SPACE) if isinstance(element.tag, str) else "title"
            if name in PAINTED:
                self.paint(element, name, {**style, **_style(element)})
            elif name not in PASSED_OVER:
                raise UnsupportedError(name)

    def paint(self, element: ET.Element, name: str, style: Style) -> None:
        self.lines.append("q")
        self.lines += [f"{matrix} cm" for matrix in _matrices(element.get("transform", ""))]
        if clip := element.get("clip-path"):
            shapes = [_shape(e) for e in self.find(clip.removeprefix("url(#").removesuffix(")"))]
            self.lines.append(f"{' '.join(shapes)} W n")
        if name == "g":
            self.walk(element, style)
        elif name == "image":
            self.image(element)
        elif name == "use":
            self.use(element, style)
        elif operator := self.prepare(style):
            self.lines.append(f"{_shape(element)} {operator}")
        self.lines.append("Q")

    def find(self, name: str) -> ET.Element:
        if name not in self.known:
            raise UnsupportedError(f"#{name} is not in the file")
        return self.known[name]

    def use(self, element: ET.Element, style: Style) -> None:
        """A shape that is used many times is one object."""
        reference = element.get(LINK, "").removeprefix("#")
        shape = self.find(reference)
        if shape.tag != f"{SPACE}path":
            raise UnsupportedError("use of a group")
        operator = self.prepare({**style, **_style(shape)})
        if not operator:
            return
        if (reference, operator) not in self.forms:
            content = " ".join([*(f"{m} cm" for m in _matrices(shape.get("transform", "")))])
            content = f"{content} {_shape(shape)} {operator}"
            key = f"F{len(self.forms)}"
            box = "/BBox [-32000 -32000 32000 32000]"
            self.resources["XObject"][key] = self.add(
                content.encode(), f"/Type /XObject /Subtype /Form {box}"
            )
            self.forms[reference, operator] = key
        x, y = element.get("x", "0"), element.get("y", "0")
        self.lines.append(f"1 0 0 1 {_n(float(x))} {_n(float(y))} cm")
        self.lines.append(f"/{self.forms[reference, operator]} Do")

    def prepare(self, style: Mapping[str, str]) -> str:
        """Set colors and lines; return the operator that paints, '' for nothing to paint."""
        fill, stroke = style["fill"], style["stroke"]
        width = float(_NUMBER.findall(style["stroke-width"])[0])
        fills, strokes = fill != "none", stroke != "none" and width > 0
        if fills:
            self.lines.append(f"{_color(fill)} rg")
        if strokes:
            cap = CAPS.index(style.get("stroke-linecap", "butt"))
            join = JOINS.index(style.get("stroke-linejoin", "miter"))
            dash = style.get("stroke-dasharray", "none")
            pattern = "" if dash == "none" else " ".join(_NUMBER.findall(dash))
            offset = _n(float(style.get("stroke-dashoffset", "0")))
            self.lines.append(
                f"{_color(stroke)} RG {_n(width)} w {cap} J {join} j [{pattern}] {offset} d"
            )
        whole = float(style.get("opacity", "1"))
        alpha = [_n(whole * float(style.get(f"{k}-opacity", "1"))) for k in ("fill", "stroke")]
        if alpha != ["1", "1"]:
            self.lines.append(f"/{self.alpha(alpha[0], alpha[1])} gs")
        even = "*" if style.get("fill-rule") == "evenodd" else ""
        return f"{'B' if fills and strokes else 'f' if fills else 'S'}{even if fills else ''}" * (
            fills or strokes
        )

    def alpha(self, fill: str, stroke: str) -> str:
        if (fill, stroke) not in self.alphas:
            key = f"A{len(self.alphas)}"
            self.alphas[fill, stroke] = key
            self.objects.append(f"<< /ca {fill} /CA {stroke} >>".encode())
            self.resources["ExtGState"][key] = len(self.objects)
        return self.alphas[fill, stroke]

    def image(self, element: ET.Element) -> None:
        kind, _, data = element.get(LINK, "").partition(";base64,")
        if kind != "data:image/png":
            raise UnsupportedError(kind)
        picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
        size = f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height}"
        mask = self.add(
            picture.getchannel("A").tobytes(), f"{size} /ColorSpace /DeviceGray /BitsPerComponent 8"
        )
        key = f"I{len(self.objects)}"
        self.resources["XObject"][key] = self.add(
            picture.convert("RGB").tobytes(),
            f"{size} /ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask {mask} 0 R",
        )
        x, y, width, height = (float(element.get(k, "0")) for k in ("x", "y", "width", "height"))
        self.lines.append(f"{_n(width)} 0 0 {_n(-height)} {_n(x)} {_n(y + height)} cm /{key} Do")

    def add(self, content: bytes, facts: str) -> int:
        """Number of a new object that holds a stream."""
        packed = zlib.compress(content)
        head = f"<< {facts} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        self.objects.append(head.encode() + packed + b"\nendstream")
        return len(self.objects)

    def file(self) -> bytes:
        """All objects, and the table of where each begins."""
        content = self.add("\n".join(self.lines).encode(), "")
        self.objects[3] = self.objects.pop()
        assert content == len(self.objects) + 1
        named = " ".join(
            f"/{kind} << {' '.join(f'/{key} {n} 0 R' for key, n in entries.items())} >>"
            for kind, entries in self.resources.items()
        )
        box = f"[0 0 {_n(self.width)} {_n(self.height)}]"
        self.objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
        self.objects[1] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
        self.objects[2] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 4 0 R "
            f"/Resources << {named} >> >>"
        ).encode()
        out, starts = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
        for number, content_of in enumerate(self.objects, start=1):
            starts.append(len(out))
            out += f"{number} 0 obj\n".encode() + content_of + b"\nendobj\n"
        table = "".join(f"{start:010d} 00000 n \n" for start in starts)
        count, where = len(starts) + 1, len(out)
        out += f"xref\n0 {count}\n0000000000 65535 f \n{table}".encode()
        out += f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{where}\n%%EOF\n".encode()
        return bytes(out)


def _n(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if value else "0"


def _style(element: ET.Element) -> Style:
    """What an element says of its looks, in `style` or in attributes of the same names."""
    told = {k: v for k, v in element.attrib.items() if k.startswith(("fill", "stroke"))}
    if "opacity" in element.attrib:
        told["opacity"] = element.attrib["opacity"]
    return told | _declared(element.get("style", ""))


def _declared(text: str) -> Style:
    pairs = (part.split(":", 1) for part in text.split(";") if ":" in part)
    return {key.strip(): value.strip() for key, value in pairs}


def _sheet(root: ET.Element) -> Style:
    """The style of everything, which matplotlib writes at the beginning."""
    texts = [element.text or "" for element in root.iter(f"{SPACE}style")]
    return _declared(";".join(_RULE.findall(" ".join(texts))))


def _matrices(transform: str) -> list[str]:
    made = []
    for name, inside in _MOVE.findall(transform):
        v = [float(part) for part in _NUMBER.findall(inside)]
        if name == "translate":
            made.append(f"1 0 0 1 {_n(v[0])} {_n(v[1] if len(v) > 1 else 0)}")
        elif name == "scale":
            made.append(f"{v[0]:.8f} 0 0 {v[-1]:.8f} 0 0")
        elif name == "matrix":
            made.append(" ".join(f"{part:.8f}" for part in v))
        elif name == "rotate" and len(v) == 1:
            c, s = math.cos(math.radians(v[0])), math.sin(math.radians(v[0]))
            made.append(f"{c:.8f} {s:.8f} {-s:.8f} {c:.8f} 0 0")
        else:
            raise UnsupportedError(transform)
    return made


@lru_cache(1024)
def _color(text: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise UnsupportedError(text)
    return " ".join(_n(int(text[k : k + 2], 16) / 255) for k in (1, 3, 5))


def _shape(element: ET.Element) -> str:
    """Outline of a path or rectangle, in PDF's words."""
    if element.tag == f"{SPACE}rect":
        return (
            " ".join(_n(float(element.get(k, "0"))) for k in ("x", "y", "width", "height")) + " re"
        )
    if element.tag != f"{SPACE}path":
        raise UnsupportedError(str(element.tag))
    return _outline(element.get("d", ""))


def _outline(d: str) -> str:
    words: list[str] = []
    last = "0 0"
    for letter, inside in _PIECE.findall(d):
        text = " ".join(inside.replace(",", " ").split())
        if letter in "Zz":
            words.append("h")
            continue
        if letter == "Q":
            text = _cubic(last, text)
        elif letter not in OPERATORS:
            raise UnsupportedError(letter)
        if text.count(" ") + 1 != PARTS[letter]:
            raise UnsupportedError(f"{letter}{inside}")
        words.append(f"{text} {OPERATORS[letter]}")
        last = " ".join(text.split(" ")[-2:])
    return " ".join(words)


def _cubic(start: str, text: str) -> str:
    """A quadratic curve as the cubic one that it is."""
    x, y = map(float, start.split())
    a, b, end_x, end_y = map(float, text.split())
    parts = ((x + 2 * a) / 3, (y + 2 * b) / 3, (end_x + 2 * a) / 3, (end_y + 2 * b) / 3)
    return " ".join(map(_n, (*parts, end_x, end_y)))
