"""Colours as other eyes see them: Machado, Oliveira and Fernandes (2009), severity 1.0, and distances by CIE 1976."""

from __future__ import annotations

from handleheap.view.palette import RGB

MACHADO = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)

Triple = tuple[float, float, float]


def linear(colour: RGB) -> Triple:
    def one(byte: int) -> float:
        value = byte / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return one(colour[0]), one(colour[1]), one(colour[2])


def times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def lab(colour: RGB, eyes: str = "normal") -> Triple:
    """The colour in CIE L*a*b* as these eyes see it; "grey" keeps the lightness only."""
    matrix = MACHADO.get(eyes, MACHADO["normal"])
    seen = times(matrix, linear(colour))
    r, g, b = (min(1.0, max(0.0, value)) for value in seen)

    def bend(t: float) -> float:
        return t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116

    fx, fy, fz = (bend(value / white) for value, white in zip(times(XYZ, (r, g, b)), WHITE, strict=True))
    if eyes == "grey":
        return 116 * fy - 16, 0.0, 0.0
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: RGB, two: RGB, eyes: str = "normal") -> float:
    """The CIE76 ΔE between two colours."""
    return sum((a - b) ** 2 for a, b in zip(lab(one, eyes), lab(two, eyes), strict=True)) ** 0.5


def contrast(one: RGB, two: RGB) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    low, high = sorted(times(XYZ, linear(colour))[1] for colour in (one, two))
    return (high + 0.05) / (low + 0.05)
