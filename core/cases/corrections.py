"""What a cadre wants changed: 不对，时间是上个月5号 · 3 改成 7间 · 不是38个，是40个 · 经过再补充一点：…

`amend` reads the words alone; which field they mean in a given draft is settled in `core.cases.changes`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.cases.fields import FIELDS, name_pattern

_NUMBERS = {word: number for number, word in enumerate("一二三四五六七八九十", 1)}
_WRONG = r"(?:不对(?!劲|头|口|等|称|路)|错了|(?:搞|弄|说|写|填|记|打|答|报|输)错了|更正|纠正|改正|修正)"
_SOFT = (
    r"(?:等等|等一?下|稍等|[哎啊唉]呀|哦|噢|啊|哎|唉|诶|嗯|额|对了|那个|抱歉|不好意思|麻烦|请|帮我|给我|我要|我想|我|把|将|"
    r"(?:刚才|刚刚|前面|上面|之前|前头|上头)(?:[说写填讲])?(?:的)?|关于|\d{1,2}项[里中]的?|"
    r"补充(?:一?下)?|再|一下|呃|是)"
)
_GAP = r"[，,。：:、！!\s]*"
_NAME = name_pattern(FIELDS.values())
_TARGET = (
    rf"(?:(?:第\s*(?P<number>\d{{1,2}}|[一二三四五六七八九十])\s*[项条题点个]?|(?P<bare>\d{{1,2}}|"
    rf"[一二三四五六七八九十])[项、.]?)\s*|(?P<name>{_NAME}))"
)
_MID = r"(?:那一?[项里儿个条块]|这一?[项里个条块]|里面?的?|中的?|的|部分|内容|说明)?"
_CHANGE = (
    r"(?:改写?[成为到作]|要?改[:：]|更正[为成]|更改为|修改[为成]|换[成为到作]|变[成为更]|调整?[为到]|应该?(?:是|"
    r"为|写|叫|改)成?|应当是|应为|要写|"
    r"(?:删[掉了]?)?重新?[写填](?:成|为)?|写成|填成|(?:要|得)?改(?=[，,：:\s])|改一?下[，,：:])"
)
_ERROR = (
    r"(?:也|又|我|刚|已经|这?[会下]儿?)*(?:(?:想|记)起来(?:了)?|(?:想|查|问|核实|翻)(?:到|清楚)了?|(?:少|漏|忘)(?:了)?(?:写|说|填|讲)了?(?:一?[句点条])?|(?:写|填|说|打|记|答|搞|弄|报|输)(?:得)?(?:错|少|多|漏|反|岔|不准|不对|不准确|不全)了?|"
    r"不对(?!劲|头|口)|不准(?!备|许|确)|往[前后]改.{0,5}|有误|错(?!过)了?|不准确|(?:写|填|说)得?不(?:好|妥|清楚)|"
    r"漏[说写填报]?(?:了|一)(?:一?[句点条])?|要改)"
)
_MORE = r"(?:还|再|要|想|得)*(?:补充|加上?|添上?|补)(?:一?[点下句条个项]|说明|上)*"
_LABELLED = re.compile(rf"^(?:{_WRONG}|{_SOFT}|{_GAP})*?{_TARGET}", re.DOTALL)
_LEAD = re.compile(rf"^(?:(?:{_WRONG}|{_SOFT}|一下){_GAP})*", re.DOTALL)
_HAS_WRONG = re.compile(_WRONG)
_BY_TARGET = re.compile(rf"{_TARGET}\s*{_MID}{_GAP}(?P<rest>.*)", re.DOTALL)
_LOOSE_ERROR = re.compile(rf"(?:[^，,。：:！!]{{0,8}}?){_ERROR}(?:了)?{_GAP}(?P<new>.*)", re.DOTALL)
_CHANGED = re.compile(rf"(?:那[里项])?(?:写错了|错了|不对)?{_GAP}{_CHANGE}{_GAP}(?P<new>.*)", re.DOTALL)
_ADDED = re.compile(rf"{_GAP}{_MORE}{_GAP}(?P<new>.*)", re.DOTALL)
_IS = re.compile(
    rf"^(?:{_GAP}(?:(?:应该?|应当)(?:是|为|写成?|叫|改成)|应为|一?共是?|总共是?|改[成为]|换[成为]|实际(?:上)?是|"
    rf"其实是|叫|是|为|"
    rf"写))?{_GAP}",
    re.DOTALL,
)
_EDIT = re.compile(
    rf"(?:请|帮我|我?[要想]|麻烦|把)*(?:修改|更改|改动|改|重新?[填写]|换)(?:一?下|掉)?{_GAP}{_TARGET}(?:[项吧啊]|"
    rf"一下)*{_GAP}$"
)
_REDO = re.compile(rf"{_GAP}(?:重新?[写填]|改一?下|修改一?下|要改|得改|改改|重来)(?:吧|一下|一遍)*{_GAP}$")
_SELF = re.compile(
    rf"^(?:{_GAP}(?:我|刚才|刚刚|前面|上面|上一?[个项条题]|之前|那个))*(?:(?:说|写|填|记|打|答|搞|弄)错了?|"
    rf"不对(?=[，,。！!\s])|"
    rf"错了){_GAP}(?:{_WRONG}{_GAP})*(?P<new>.*)",
    re.DOTALL,
)
_THING = re.compile(
    r"^(?:人数|数字|金额|数量|名字|名称|地[点方]|日子)(?:(?:写|填|说|打|记|报)?错了?|不对|有误|不准)"
    rf"{_GAP}(?P<new>.*)",
    re.DOTALL,
)
_SWAPS = (
    re.compile(
        r"^(?P<old>[^，,。：:]{1,14}?)(?:是我)?(?:说|写|填|记|打|讲|报)错了?[，,](?:应该|其实|实际)?(?:是|有)(?P<new>[^，,。]{1,20})[。]?$"
    ),
    re.compile(
        r"^(?:把|将)?(?P<old>[^，,。：:]{1,14}?)(?:改[成为]|换[成为]|应该?是|更正为|"
        r"应改为)(?P<new>[^，,。]{1,30})[。]?$"
    ),
    re.compile(r"^(?P<old>[^，,。]{1,10})写成.{1,10}了?[，,]改[成为](?P<new>[^，,。]{1,10})[。]?$"),
    re.compile(r"(?:^|[，,])(?:应该)?是(?P<new>[^，,。]{1,12})[，,]?(?:而)?不是(?P<old>[^，,。]{1,12})[。]?$"),
    re.compile(r"(?:^|[，,])不是(?P<old>[^，,。]{1,12})[，,]?(?:应该|而)?是(?P<new>[^，,。]{1,12})[。]?$"),
)
_OLD_ENDS = re.compile(r"^(?:的|那|把|将|里的?|写的|说的)+|(?:也|都|要|得|请|应该?|给我?)+$")
_COMMENT = re.compile(r"[，,。](?:刚才|前面|刚刚|原来|之前|上面|我(?:刚才|写|填|打)|(?:写|填|打|说)成|不是).{0,24}$")
_LATER = re.compile(
    rf"[^，,。]{{1,14}}[，,。](?P<rest>(?:发生)?(?:时间|日期|所在单位|单位)(?:应该是|应是|不是|(?:不对|错|[写说记填搞弄]错)了?[，,](?:应该)?是)[^。]*|"
    rf"(?:{_NAME})(?:[里中]的?[^，,。]{{0,8}})?(?:[写说记填搞弄]错了?(?=[，,。]|$)|要改).*)",
    re.DOTALL,
)
_REASONED = 60
_DIGIT = re.compile(r"\d|[半一二两三四五六七八九十百千万]")


class Target(NamedTuple):
    """The field a wish names: by one of its names, by its number in the form, or (both empty) not at all."""

    name: str = ""
    number: int = 0


NOWHERE = Target()


class Mode(StrEnum):
    """What is to be done with the field."""

    REPLACE = "replace"  # the new words take its place
    APPEND = "append"  # the new words go behind the old ones
    SWAP = "swap"  # `old` becomes `new` inside it
    OPEN = "open"  # it is asked for again


@dataclass(frozen=True)
class Amend:
    """A wished change, with the field where the cadre named it; otherwise that is to be found out."""

    mode: Mode
    new: str = ""
    old: str = ""
    target: Target = NOWHERE


def amend(text: str, open_field: str | None = None) -> Amend | None:
    """The change a text wishes, or None when it is none."""
    words = text.strip()
    if len(words) > 20_000:
        return None
    lead = _LEAD.match(words)
    start = lead.end() if lead else 0
    wrong = bool(_HAS_WRONG.search(words[:start]))
    return (
        _edit(words)
        or _targeted(words[start:], wrong, open_field, words[:start])
        or _swap(words[start:] if wrong else words, wrong)
        or _unnamed(words, start, wrong)
        or _after_reason(words[start:])
    )


def _edit(words: str) -> Amend | None:
    found = _EDIT.fullmatch(words)
    return Amend(Mode.OPEN, target=_target(found)) if found else None


def _targeted(rest: str, wrong: bool, open_field: str | None, lead: str) -> Amend | None:
    """A change of a field that is named or numbered."""
    found = _BY_TARGET.match(rest)
    if found is None:
        return None
    target = _target(found)
    after = found["rest"]
    own = open_field in _fields_called(target.name)
    if (change := _CHANGED.match(after)) and not (own and not wrong and after.startswith("应")):
        return _with(Mode.REPLACE, change["new"], target)
    if _REDO.fullmatch(after):
        return Amend(Mode.OPEN, target=target)
    if more := _ADDED.match(after):
        return _with(Mode.APPEND, more["new"], target)
    if "补充" in lead and target.name:
        return _with(Mode.APPEND, after, target)
    if found["bare"]:
        return None  # a bare number counts something, unless a change or an addition follows at once
    return None if own and not wrong else _mistaken(after, target, wrong)


def _mistaken(after: str, target: Target, wrong: bool) -> Amend | None:
    """单位写错了，应该是… · 时间是上个月5号 after 不对 · 单位不是汽车系，是机电系."""
    if (swap := _swap(after, True)) and swap.old:
        return Amend(swap.mode, swap.new, swap.old, target)
    error = _LOOSE_ERROR.match(after)
    if error:
        new = error["new"]
        if more := _ADDED.match(new):
            return _with(Mode.APPEND, more["new"], target)
        if swap := _swap(new, True):
            return Amend(swap.mode, swap.new, swap.old, target)
        missed = re.search(r"漏|少了?一|不全", after[: error.start("new")])
        return _with(Mode.APPEND if missed and new else Mode.REPLACE, new, target)
    return _with(Mode.REPLACE, after, target) if wrong and after.strip() else None


def _after_reason(words: str) -> Amend | None:
    """我查了下合同，时间不是十一月，是十月28号: the wish behind a short reason."""
    found = _LATER.match(words) if len(words) <= _REASONED else None
    return _targeted(found["rest"], True, None, "") if found else None


def _swap(words: str, sure: bool) -> Amend | None:
    """One piece of a text for another; both short and alike, so that 不是为了自己，是想… stays an answer."""
    for pattern in _SWAPS:
        found = pattern.search(words)
        if found is None:
            continue
        old, new = _OLD_ENDS.sub("", found["old"]).strip(' “”"'), found["new"].strip(' “”"')
        alike = old[-1:] == new[-1:] or (_DIGIT.search(old) and _DIGIT.search(new))
        if (
            old
            and new
            and (sure or alike)
            and not re.fullmatch(rf"第?(?:\d{{1,2}}|[一二三四五六七八九十])项?|{_NAME}", old)
        ):
            return Amend(Mode.SWAP, new, old)
    return None


def _unnamed(words: str, start: int, wrong: bool) -> Amend | None:
    """我刚才说错了，应该是大安镇: the field is found by the new words' form."""
    found = _SELF.match(words) or _THING.match(words[start:])
    if found is None and not wrong:
        return None
    new = found["new"] if found else words[start:]
    if more := re.match(rf"(?:那就|我)?(?:再)?补充{_GAP}(?P<new>.*)", new, re.DOTALL):
        return _with(Mode.APPEND, more["new"], NOWHERE)
    new = _trim(new)
    return Amend(Mode.REPLACE, new) if new else Amend(Mode.OPEN)


def _with(mode: Mode, new: str, target: Target) -> Amend:
    new = _trim(new) if mode is Mode.REPLACE else new.strip("，, ：:\n")
    return Amend(mode if new else Mode.OPEN, new, target=target)


def _trim(new: str) -> str:
    """New words without 应该是 before and 刚才写成… behind them."""
    bare = new[_found.end() :] if (_found := _IS.match(new)) else new
    return _COMMENT.sub("", bare).strip(' “”"，,：:。\n')


def _target(found: re.Match[str]) -> Target:
    if number := found["number"] or found["bare"]:
        return Target(number=_NUMBERS.get(number) or int(number))
    return Target(name=found["name"])


def _fields_called(word: str) -> set[str]:
    return {item.name for item in FIELDS.values() if word == item.label or word in item.words}
