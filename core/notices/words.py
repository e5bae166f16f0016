"""An audience in the words of an HR officer: 教务处、学生处，除了张三. Pure: what there is, is an argument."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.notices.rules import Spec, parse_spec

_SPLIT = re.compile(r"[、，,;；\s]+")
_AND = re.compile(r"以及|和|及|与")
_EXCEPT = re.compile(r"(?:，|,|；|;|。)?\s*(?:除了|除|不含|不包括|不发给|排除)")
_HEAD = re.compile(r"^(?:请)?(?:发给|发送给|发到|发|给|通知)")
_FILLER = re.compile(r"的|全体|全部|所有|各位|各|干部|老师|同志|教职工|人员|的人|部门|以外|之外|外|，|。")
_WHOLE = re.compile(
    r"^(?:全体|全部|所有|大家|全员|(?:本|我们|全)(?:单位|校|院|县|厅|市|系统)?的?(?:全体|全部|所有)?)(?:人|人员|干部|教职工|同志|在职人员)?(?:们)?$"
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """Groups meant and left out, and the words that name nobody or several people of one name."""

    to: tuple[Spec, ...]
    excluded: tuple[Spec, ...]
    unknown: tuple[str, ...] = ()
    several: tuple[str, ...] = ()


def read(text: str, org: str, groups: Mapping[str, Sequence[str]], named: Callable[[str], Sequence[str]]) -> Heard:
    """What `text` means in organisation `org`. `groups`: names of its dept, tag, rank; `named`: user ids of a name."""
    parts = _EXCEPT.split(_HEAD.sub("", text.strip().rstrip("。.")), maxsplit=1)
    unknown: list[str] = []
    several: list[str] = []
    found: list[tuple[Spec, ...]] = []
    for part in parts:
        specs: list[Spec] = []
        for word in filter(None, _SPLIT.split(part.strip())):
            whole = _group(word, org, groups)
            # A name may itself hold 与 or 和 (信息与电气工程学院): only what is no name is taken apart.
            for one in [] if whole else filter(None, _AND.split(word)):
                whole += _group(one, org, groups) or _people(one, named, unknown, several)
            specs += whole
        found.append(tuple(dict.fromkeys(specs)))
    return Heard(found[0], found[1] if len(found) > 1 else (), tuple(unknown), tuple(several))


def _group(word: str, org: str, groups: Mapping[str, Sequence[str]]) -> list[Spec]:
    if _WHOLE.match(word):
        return [Spec("org", org)]
    if ":" in word:
        try:
            return [parse_spec(word)]
        except ValueError:
            return []
    for kind in ("dept", "tag", "rank"):
        if word in groups.get(kind, ()):
            return [Spec(kind, org, word)]
    known = sorted(((name, kind) for kind, names in groups.items() for name in names), key=lambda one: -len(one[0]))
    for name, kind in known:
        if name in word and not _FILLER.sub("", word.replace(name, "", 1)):
            return [Spec(kind, org, name)]
    return []


def _people(word: str, named: Callable[[str], Sequence[str]], unknown: list[str], several: list[str]) -> list[Spec]:
    plain = re.sub(r"(?:同志|老师|以外|之外|外)$", "", word)
    ids = named(plain)
    if len(ids) == 1:
        return [Spec("user", "", ids[0])]
    (several if ids else unknown).append(plain)
    return []


def shown(spec: Spec) -> str:
    """A group as its author reads it back."""
    if spec.kind in ("all", "org"):
        return "本单位全体"
    return spec.name
