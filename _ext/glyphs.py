"""Fonts with the glyphs that a style sheet names, and no others."""

import hashlib
import io
import logging
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)

STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
SIGN = re.compile(r"\\([0-9A-Fa-f]{1,6}) ?|([^\\])")


def characters(css):
    """The codes of the characters in a style sheet's strings, as in `content: "\\f107"`."""
    signs = (sign for string in STRING.findall(css) for sign in SIGN.findall(string))
    return {int(code, 16) if code else ord(plain) for code, plain in signs}


def write_few(path, codes, folder):
    """Write a font with the glyphs of these characters alone into a folder; return its name, which has its digest."""
    font = TTFont(path)
    if codes & font.getBestCmap().keys():  # a font without characters is none that a browser takes
        wanted = subset.Subsetter(subset.Options(notdef_outline=True, hinting=False, drop_tables=["FFTM"]))
        wanted.populate(unicodes=codes)
        wanted.subset(font)
    font.flavor = "woff"
    file = io.BytesIO()
    font.save(file)
    name = f"{Path(path).stem}-{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.woff"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(file.getvalue())
    return name
