"""Small charts as inline SVG: lines over the last minutes, drawn once, no script."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rpkpy.host.history import EVERY_S, KEPT
from rpkpy.host.page.outside import fit

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDTH, _HEIGHT = 240, 44
_PAD = 2


def chart(what: str, *series: tuple[str, Sequence[float]], kind: str = "") -> "Markup":
    """An SVG of one or two rows of values, oldest first, on one scale; the newest stands at the right edge.

    `what` and each row's name make the text that is read instead of it. `kind` is a class for its colour.
    """
    from markupsafe import Markup

    top = max((max(values, default=0.0) for _, values in series), default=0.0)
    said = "; ".join(
        f"{name}: now {number(values[-1])}, highest {number(max(values))}" if values else f"{name}: nothing yet"
        for name, values in series
    )
    minutes = round(KEPT * EVERY_S / 60)
    parts = [
        Markup(
            '<svg class="chart {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        ).format(kind, _WIDTH, _HEIGHT, fit(f"{what}, last {minutes} minutes. {said}")),
        Markup('<line class="base" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(_HEIGHT - 1, _WIDTH),
    ]
    for index, (_, values) in enumerate(series):
        points = _points(values, top)
        if not points:
            continue
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        if index == 0:
            floor = _HEIGHT - 1
            area = f"{points[0][0]:.1f},{floor} {line} {points[-1][0]:.1f},{floor}"
            parts.append(Markup('<polygon class="area" points="{}"/>').format(area))
        parts.append(Markup('<polyline class="line line{}" points="{}"/>').format(index, line))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _points(values: Sequence[float], top: float) -> list[tuple[float, float]]:
    step = _WIDTH / (KEPT - 1)
    usable = _HEIGHT - 1 - 2 * _PAD
    first = _WIDTH - step * (len(values) - 1)
    return [
        (first + index * step, _HEIGHT - 1 - (value / top * usable if top > 0 else 0.0))
        for index, value in enumerate(values)
    ]


def number(value: float) -> str:
    """A figure in four characters or so: 0, 7, 0.25, 950, 12.3k, 4.56M."""
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{unit}" if value < 999.5 * factor else f"{value / factor:.0f}{unit}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def size(value: float) -> str:
    """Bytes in binary units: 512 B, 1.5 KiB, 2 MiB."""
    for factor, unit in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{int(value)} B"
