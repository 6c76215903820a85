"""Elements of a vector drawing, escaped as they are built.

Looks are given as presentation attributes rather than classes, so that one drawing serves the
page (whose style sheet may still override them), the print and the PDF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

INK = "#0B0C0C"
SECONDARY = "#505A5F"
RULE = "#B1B4B6"
PAPER = "#FFFFFF"
WASH = "#F3F2F1"
FOCUS = "#FFDD00"
PLACES = ("#E8EEF4", "#B5CCE0", "#7AA3C7", "#3F76A8", "#12436D")

FONT = "Arial, Helvetica, Liberation Sans, sans-serif"


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element; attributes that are None are left out, `_` in a name stands for `-`.

    Children that are no :class:`Markup` are escaped, as are all values.

    Examples
    --------
    >>> tag("text", "A & B", x=1.50, font_size=12, id=None)
    Markup('<text x="1.5" font-size="12">A &amp; B</text>')
    """
    words = [name, *_attributes(attributes)]
    start = Markup(" ").join(words)
    if not children:
        return Markup("<{}/>").format(start)
    return Markup("<{}>{}</{}>").format(start, Markup().join(children), name)


def drawing(
    width: float,
    height: float,
    /,
    *children: str,
    title: str = "",
    **attributes: str | float | None,
) -> Markup:
    """Return a whole drawing; one with a `title` is an image, one without is decoration."""
    if title:
        attributes |= {"role": "img", "aria_label": title}
    else:
        attributes |= {"aria_hidden": "true", "focusable": "false"}
    return tag(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        **attributes,
    )


def path(points: Iterable[tuple[float, float]], *, is_closed: bool = False) -> str:
    """Return points as the data of a path, to a tenth of a unit.

    Examples
    --------
    >>> path([(0, 0), (10.04, 5)], is_closed=True)
    'M0 0L10 5Z'
    """
    steps = [f"{number(x)} {number(y)}" for x, y in points]
    return f"M{'L'.join(steps)}{'Z' if is_closed else ''}" if steps else ""


def number(value: float) -> str:
    """Return a coordinate to a tenth of a unit, without needless digits.

    Examples
    --------
    >>> number(3.0), number(3.26), number(-0.01)
    ('3', '3.3', '0')
    """
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _attributes(attributes: dict[str, str | float | None]) -> Iterable[Markup]:
    for name, value in attributes.items():
        if value is not None:
            text = f"{value:g}" if isinstance(value, float) else value
            yield Markup('{}="{}"').format(name.replace("_", "-"), escape(text))
