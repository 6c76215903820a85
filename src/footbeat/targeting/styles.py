"""How QGIS draws the layers: its own style language (QML), written into the GeoPackage."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The project's palette: five steps for places, ink for outlines.
PLACES = ("#E8EEF4", "#B5CCE0", "#7AA3C7", "#3F76A8", "#12436D")
INK = "#0B0C0C"
GREY = "#505A5F"

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_SIXTY_PER_CENT = 153
_OPAQUE = 255
_LABEL = {
    "fieldName": "rank",
    "isExpression": "0",
    "fontFamily": "Arial",
    "fontSize": "10",
    "fontSizeUnit": "Point",
    "fontWeight": "75",
    "namedStyle": "Bold",
    "textColor": "255,255,255,255",
}
# Shape type 3 is a circle and size type 0 fits it around the text.
_DISC = {
    "shapeDraw": "1",
    "shapeType": "3",
    "shapeSizeType": "0",
    "shapeSizeX": "0.6",
    "shapeSizeY": "0.6",
    "shapeSizeUnit": "MM",
    "shapeFillColor": "11,12,12,255",
    "shapeBorderColor": "255,255,255,255",
    "shapeBorderWidth": "0.3",
    "shapeBorderWidthUnit": "MM",
}


def style_hotspots() -> str:
    """Return the style of hot spots: an outline, and the rank in a disc."""
    root, renderer = _document("singleSymbol", labels="1")
    symbols = SubElement(renderer, "symbols")
    _fill(symbols, "0", _colour(PLACES[3], _SIXTY_PER_CENT), outline=(INK, 0.66))
    labeling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    text = SubElement(settings, "text-style", _LABEL)
    SubElement(text, "text-buffer", bufferDraw="0")
    SubElement(text, "background", _DISC)
    SubElement(settings, "placement", placement="1", centroidInside="1", centroidWhole="1")
    SubElement(settings, "rendering", drawLabels="1", obstacle="0", displayAll="1")
    return _text(root)


def style_cells(breaks: Sequence[float]) -> str:
    """Return the style of cells: five steps of score, pale to dark.

    Parameters
    ----------
    breaks
        Six ascending bounds of the five steps.
    """
    root, renderer = _document("graduatedSymbol")
    renderer.attrib.update(attr="score", graduatedMethod="GraduatedColor")
    ranges = SubElement(renderer, "ranges")
    symbols = SubElement(renderer, "symbols")
    for step, colour in enumerate(PLACES):
        low, high = breaks[step], breaks[step + 1]
        SubElement(
            ranges,
            "range",
            lower=repr(float(low)),
            upper=repr(float(high)),
            symbol=str(step),
            label=f"{low:,.3g} to {high:,.3g}",
            render="true",
        )
        _fill(symbols, str(step), _colour(colour, _SIXTY_PER_CENT), outline=(GREY, 0.06))
    return _text(root)


def style_incidents() -> str:
    """Return the style of incidents: a small dot."""
    root, renderer = _document("singleSymbol")
    symbols = SubElement(renderer, "symbols")
    symbol = SubElement(symbols, "symbol", type="marker", name="0", alpha="0.6")
    _layer(
        symbol,
        "SimpleMarker",
        {
            "name": "circle",
            "color": _colour(GREY, _OPAQUE),
            "outline_style": "no",
            "size": "1",
            "size_unit": "MM",
        },
    )
    return _text(root)


def _document(renderer_type: str, *, labels: str = "0") -> tuple[Element, Element]:
    root = Element(
        "qgis",
        version="3.28.0",
        styleCategories="Symbology|Labeling",
        labelsEnabled=labels,
    )
    renderer = SubElement(
        root,
        "renderer-v2",
        type=renderer_type,
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    return root, renderer


def _fill(parent: Element, name: str, colour: str, *, outline: tuple[str, float]) -> None:
    symbol = SubElement(parent, "symbol", type="fill", name=name, alpha="1")
    line, width = outline
    _layer(
        symbol,
        "SimpleFill",
        {
            "color": colour,
            "style": "solid",
            "outline_color": _colour(line, _OPAQUE),
            "outline_style": "solid",
            "outline_width": str(width),
            "outline_width_unit": "MM",
        },
    )


def _layer(symbol: Element, kind: str, properties: Mapping[str, str]) -> None:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
    # Every QGIS 3 reads `prop`; the `Option` form that later ones write, earlier ones do not.
    for key, value in properties.items():
        SubElement(layer, "prop", k=key, v=value)


def _colour(code: str, alpha: int) -> str:
    red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def _text(root: Element) -> str:
    return _DOCTYPE + tostring(root, encoding="unicode")
