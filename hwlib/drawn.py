"""Digits of other hands than MNIST's, as the page's drawing pad sees them: scikit-learn's, and simulated strokes."""

import numpy as np

PAD = 280  # pixels of a side of the page's pad, as in web/drawing-pad.js
PEN = 22  # width of its pen

# Each style of a digit: its strokes, in a box that is 1 wide and 1 high, y downward. Two points are a straight
# stroke, more a smooth curve through all of them.
_BOWL = [(0.15, 0.45), (0.6, 0.4), (0.85, 0.68), (0.55, 1), (0.1, 0.9)]
_LOOP = [(0.8, 0.28), (0.5, 0), (0.2, 0.28), (0.48, 0.52), (0.8, 0.28)]
STYLES = {
    "0": (0, [[(0.55, 0), (0.12, 0.35), (0.25, 0.92), (0.7, 0.95), (0.88, 0.4), (0.55, 0)]]),
    "1": (1, [[(0.5, 0), (0.5, 1)]]),
    "1 with a flag": (1, [[(0.25, 0.22), (0.5, 0)], [(0.5, 0), (0.5, 1)]]),
    "1 with a serif": (1, [[(0.25, 0.22), (0.5, 0)], [(0.5, 0), (0.5, 1)], [(0.2, 1), (0.8, 1)]]),
    "2": (2, [[(0.12, 0.25), (0.5, 0), (0.85, 0.27), (0.55, 0.65), (0.1, 1)], [(0.1, 1), (0.92, 1)]]),
    "2 with a loop": (
        2,
        [
            [(0.12, 0.2), (0.5, 0), (0.82, 0.25), (0.5, 0.7), (0.18, 0.98), (0.1, 0.82), (0.3, 0.8), (0.6, 0.95)]
            + [(0.95, 0.9)]
        ],
    ),
    "3": (3, [[(0.12, 0.12), (0.55, 0), (0.8, 0.22), (0.42, 0.46)], [(0.42, 0.46), *_BOWL[2:]]]),
    "3 with a flat top": (3, [[(0.12, 0), (0.85, 0)], [(0.85, 0), (0.42, 0.4)], [(0.42, 0.4), *_BOWL[2:]]]),
    "4 open": (4, [[(0.2, 0), (0.12, 0.58)], [(0.12, 0.58), (0.95, 0.58)], [(0.72, 0.1), (0.68, 1)]]),
    "4 closed": (4, [[(0.65, 0), (0.08, 0.66)], [(0.08, 0.66), (0.95, 0.66)], [(0.65, 0), (0.65, 1)]]),
    "5": (5, [[(0.85, 0), (0.22, 0)], [(0.22, 0), (0.15, 0.45)], _BOWL]),
    "6": (6, [[(0.72, 0), (0.3, 0.32), (0.13, 0.72), (0.5, 1), (0.85, 0.75), (0.5, 0.52), (0.16, 0.72)]]),
    "7": (7, [[(0.08, 0), (0.88, 0)], [(0.88, 0), (0.4, 1)]]),
    "7 crossed": (7, [[(0.08, 0), (0.88, 0)], [(0.88, 0), (0.4, 1)], [(0.32, 0.5), (0.88, 0.5)]]),
    "8": (
        8,
        [
            [(0.5, 0.48), (0.18, 0.22), (0.5, 0), (0.82, 0.22), (0.5, 0.48), (0.12, 0.75), (0.5, 1), (0.88, 0.75)]
            + [(0.5, 0.48)]
        ],
    ),
    "9": (9, [_LOOP, [(0.8, 0.28), (0.72, 1)]]),
    "9 with a hook": (9, [_LOOP, [(0.8, 0.28), (0.8, 0.75), (0.5, 1), (0.18, 0.9)]]),
}


def as_mnist(ink):
    """Return ink on a square pad, gray levels (n, n), as the uint8 image (28, 28) that MNIST would hold for it.

    The same as `asMnist` of web/digit-image.js: the ink's box is scaled to 20 × 20 and its center of mass moved to
    pixel (14, 14). Raises ValueError for a pad without ink.
    """
    if not ink.any():
        raise ValueError("ink is 0 everywhere; some of the pad must be drawn on")
    used = [np.flatnonzero(ink.any(axis=1 - axis)) for axis in (0, 1)]
    low, high = np.array([places[0] for places in used]), np.array([places[-1] + 1 for places in used])
    unit = (high - low).max() / 20
    count = np.maximum(1, np.floor((high - low) / unit + 0.5)).astype(int)
    down, across = (_means(low[axis], high[axis], count[axis], len(ink)) for axis in (0, 1))
    small = down @ ink @ across.T
    center = [(small.sum(axis=1 - axis) @ np.arange(count[axis])) / small.sum() for axis in (0, 1)]
    top, left = (int(np.floor(14 - c + 0.5)) for c in center)
    image = np.zeros((28, 28))
    rows, columns = np.arange(count[0]) + top, np.arange(count[1]) + left
    inside = np.ix_((rows >= 0) & (rows < 28), (columns >= 0) & (columns < 28))
    image[np.ix_(rows[(rows >= 0) & (rows < 28)], columns[(columns >= 0) & (columns < 28)])] = small[inside]
    return np.rint(image).astype(np.uint8)


def _means(low, high, count, size):
    """The matrix (count, size) that takes means over `count` equal parts of low … high."""
    edges = np.linspace(low, high, count + 1)
    pixels = np.arange(size)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return covered.clip(0) * count / (high - low)


def scikit_digits(which=slice(None)):
    """Return scikit-learn's 1797 digits of 43 writers as the pad sees them: uint8 (n, 28, 28), labels (n,).

    `which` selects some of them. They have 8 × 8 pixels, which cubic splines spread over the pad.
    Source: Alpaydin and Kaynak (1998).
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    digits = load_digits()
    padded = np.pad(digits.images[which], ((0, 0), (1, 1), (1, 1))) * (255 / 16)
    spread = (zoom(image, PAD / 10, order=3, mode="nearest", grid_mode=True) for image in padded)
    return np.stack([as_mnist(np.rint(ink.clip(0, 255))) for ink in spread]), digits.target[which]


def simulated(number, seed=0):
    """Return `number` drawings of each style: uint8 images (styles · number, 28, 28), labels, names of the styles.

    Slant, tilt, size, proportions, place on the pad and an unsteady hand are drawn at random; the pen is the page's.
    """
    rng = np.random.default_rng(seed)
    drawings = [(as_mnist(draw(name, rng)), label, name) for name, (label, _) in STYLES.items() for _ in range(number)]
    images, labels, names = zip(*drawings, strict=True)
    return np.stack(images), np.array(labels), list(names)


def draw(style, rng):
    """Return the ink, uint8 (280, 280), of one drawing of a style, a key of STYLES."""
    from PIL import Image, ImageDraw

    height = rng.uniform(90, 220)
    width = height * rng.uniform(0.4, 1)
    slant, tilt = rng.uniform(-0.4, 0.6), rng.uniform(-0.2, 0.2)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    shape = turn @ np.array([[width, -slant * height], [0, height]])
    lines, shake = [], {}
    for stroke in STYLES[style][1]:
        points = [np.add(p, shake.setdefault(p, rng.normal(0, 0.05, 2))) for p in stroke]  # strokes that meet stay so
        lines.append((_smooth(np.array(points)) - 0.5) @ shape.T)
    reach = np.abs(np.concatenate(lines)).max(axis=0) + PEN / 2
    middle = PAD / 2 + rng.uniform(-1, 1, 2) * np.maximum(0, PAD / 2 - reach)
    fine = 2  # times finer than the pad, for smooth edges
    image = Image.new("L", (fine * PAD, fine * PAD))
    pen = ImageDraw.Draw(image)
    for line in lines:
        for x, y in fine * (line + middle):
            pen.ellipse([x - fine * PEN / 2, y - fine * PEN / 2, x + fine * PEN / 2, y + fine * PEN / 2], fill=255)
    return np.rint(np.asarray(image, float).reshape(PAD, fine, PAD, fine).mean(axis=(1, 3))).astype(np.uint8)


def _smooth(points, number=120):
    """Points along the smooth curve through the given ones; along the line, if they are two."""
    from scipy.interpolate import CubicSpline

    along = np.append(0, np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum())
    at = np.linspace(0, along[-1], number)
    if len(points) == 2:
        return points[0] + np.outer(at / along[-1], points[1] - points[0])
    return CubicSpline(along, points)(at)
