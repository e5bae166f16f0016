"""What an organisation may change in a rule: off, lead days, wording; clause and date always stay. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.reminders.catalogue import Active
from core.reminders.rules import Rule

MOST_LEAD = 90
MOST_WORDS = 200
LEADS = ("event", "interval", "milestone", "case")
"""Triggers whose first push goes out so many days before the due day; the others have a window of the year."""
BLANKS = {
    "name": "姓名", "department": "部门", "day": "日期", "extra": "补充说明", "years": "年数", "led": "由谁谈话",
}  # fmt: skip
MAY_GO = ("department",)
"""Blanks that a wording may leave out; whom it is about and the date may not."""
FORBIDDEN = (
    "！", "!", "亲，", "恭喜", "一定会", "肯定会", "向您保证", "请放心", "没问题", "您符合", "您可以免责", "应该不会",
    "违纪", "举报您的人", "诬告者", "你",
)  # fmt: skip
_BLANK = re.compile(r"〔([^〔〕]*)〕")
_FILLED = re.compile(r"\{(\w+)\}")
_TERM = re.compile(
    r"[\d一二两三四五六七八九十百]+\s*个?(?:天|日|工作日|周|星期|月|小时)(?:之?内|以内|之?前|之?后)|"
    r"[\d一二两三四五六七八九十百]+\s*个工作日"
)
_PICTURE = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")


@dataclass(frozen=True)
class Choice:
    """What an organisation chose for a rule. `lead` None and a recipient not in `text`: as the catalogue has it."""

    off: bool = False
    lead: int | None = None
    text: Mapping[str, str] = field(default_factory=dict)


def applied(rules: Mapping[str, Active], chosen: Mapping[str, Choice]) -> dict[str, Active]:
    """The rules with the organisation's choices; those that are off are left out."""
    found = {}
    for name, active in rules.items():
        choice = chosen.get(name, Choice())
        if not choice.off:
            rule = active.rule
            lead = rule.lead if choice.lead is None else choice.lead
            found[name] = replace(active, rule=replace(rule, lead=lead, text={**rule.text, **choice.text}))
    return found


def shown(text: str) -> str:
    """A wording with its blanks in Chinese: 〔姓名〕."""
    return _FILLED.sub(lambda found: f"〔{BLANKS.get(found[1], found[1])}〕", text)


def written(words: str) -> str:
    """Inverse of `shown`. Raises ValueError, in Chinese, for a blank that there is not."""
    names = {label: name for name, label in BLANKS.items()}
    if "{" in words or "}" in words:
        raise ValueError("请不要使用花括号。")
    for label in _BLANK.findall(words):
        if label not in names:
            raise ValueError(f"没有〔{label}〕这一项。")
    return _BLANK.sub(lambda found: "{" + names[found[1]] + "}", words)


def problems(rule: Rule, choice: Choice) -> list[str]:
    """What keeps a choice from being taken, in Chinese; empty when nothing does."""
    found = []
    if choice.lead is not None and rule.trigger not in LEADS:
        found.append("这类提醒按年度窗口发送，没有提前天数。")
    elif choice.lead is not None and not 0 <= choice.lead <= MOST_LEAD:
        found.append(f"提前天数应在 0 到 {MOST_LEAD} 之间。")
    for role, text in choice.text.items():
        found += ["没有这个提醒对象。"] if role not in rule.text else _wrong(rule.text[role], text)
    return found


def _wrong(before: str, text: str) -> list[str]:
    """What is wrong with a wording that takes another's place."""
    had, has = set(_FILLED.findall(before)), set(_FILLED.findall(text))
    found = []
    if missing := [name for name in BLANKS if name in had - has and name not in MAY_GO]:
        found.append("文字中不能少：" + "".join(f"〔{BLANKS[name]}〕" for name in missing))
    if more := [name for name in BLANKS if name in has - had and name not in MAY_GO]:
        found.append("这段文字不能用：" + "".join(f"〔{BLANKS[name]}〕" for name in more))
    if len(text) > MOST_WORDS:
        found.append(f"文字最多 {MOST_WORDS} 字。")
    if words := [word for word in FORBIDDEN if word in text]:
        found.append(f"请改写：{'、'.join(words)}。提醒用“您”，平实、不作承诺。")
    if _TERM.search(text):
        found.append("文字中不能写期限：文件没有规定的天数不能写进提醒。")
    if _PICTURE.search(text):
        found.append("文字中不能用表情符号。")
    return found
