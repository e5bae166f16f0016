"""Whether this machine has a font with Chinese: without any font at all the PDF library ends the process."""

import ctypes

NO_FONTS = "没有找到中文字体，不能生成卷宗的 PDF。请安装：apt install fonts-noto-cjk"
_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.1.dylib", "fontconfig")


class _Set(ctypes.Structure):
    """FcFontSet, as far as it is read."""

    _fields_ = (("nfont", ctypes.c_int), ("sfont", ctypes.c_int), ("fonts", ctypes.c_void_p))


def chinese() -> bool:
    """Whether fontconfig knows a font for zh-cn; False also where there is no fontconfig."""
    library = _load()
    if library is None:
        return False
    library.FcNameParse.restype = library.FcObjectSetCreate.restype = ctypes.c_void_p
    library.FcFontList.restype = ctypes.POINTER(_Set)
    pattern = ctypes.c_void_p(library.FcNameParse(b":lang=zh-cn"))
    wanted = ctypes.c_void_p(library.FcObjectSetCreate())
    found = library.FcFontList(None, pattern, wanted)
    there = bool(found) and found.contents.nfont > 0
    library.FcFontSetDestroy(found)
    library.FcObjectSetDestroy(wanted)
    library.FcPatternDestroy(pattern)
    return there


def _load() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None
