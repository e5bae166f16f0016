"""Kinds of notices with their blanks: what is asked for, what comes out. Reviewed wording, nothing decided by us."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.notices.rules import Asks


@dataclass(frozen=True)
class Blank:
    """One thing the author is asked for."""

    name: str
    label: str
    question: str


@dataclass(frozen=True)
class Template:
    """A kind of notice. `asks` None: its author is asked. `neutral`: may go where a person wishes to be reached."""

    key: str
    label: str
    title: str
    text: str
    blanks: tuple[Blank, ...]
    asks: Asks | None = None
    neutral: bool = False

    def filled(self, given: Mapping[str, str]) -> tuple[str, str]:
        """Title and text; what has not been given yet stands in 【】."""
        values = {blank.name: given.get(blank.name) or f"【{blank.label}】" for blank in self.blanks}
        return self.title.format_map(values), self.text.format_map(values)


PLAIN = Template(
    "plain",
    "普通通知",
    "{title}",
    "{text}",
    (
        Blank("title", "标题", "请写通知的标题。"),
        Blank("text", "正文", "请写通知的正文，写明时间、地点和联系人。"),
    ),
    neutral=True,
)
RECOMMEND = Template(
    "recommend",
    "典型推荐",
    "关于推荐{subject}的通知",
    "现组织推荐{subject}。\n推荐范围和条件：{scope}\n名额：{quota}\n报送时间和方式：{deadline}",
    (
        Blank("subject", "推荐对象", "推荐什么典型？例如：担当作为先进典型。"),
        Blank("scope", "范围和条件", "推荐的范围和条件是什么？"),
        Blank("quota", "名额", "名额是多少？"),
        Blank("deadline", "报送时间和方式", "什么时间、以什么方式报送，联系谁？"),
    ),
)
CALL_UP = Template(
    "call_up",
    "点名调训",
    "关于参加{course}的通知",
    "请您参加{course}。\n时间：{time}\n地点：{place}\n报到和请假要求：{note}",
    (
        Blank("course", "培训名称", "培训叫什么名称？"),
        Blank("time", "培训时间", "培训时间是什么时候？"),
        Blank("place", "培训地点", "培训地点在哪里？"),
        Blank("note", "报到和请假要求", "报到和请假有什么要求，联系谁？"),
    ),
    Asks.ATTEND,
    neutral=True,
)
FEEDBACK = Template(
    "feedback",
    "考核结果反馈",
    "关于反馈{period}结果的通知",
    "{period}的结果将向您反馈，具体结果不在本通知中列出。\n反馈安排：{arrangement}\n联系人：{contact}",
    (
        Blank("period", "哪次考核", "反馈哪一次考核？例如：2026年度考核。"),
        Blank("arrangement", "反馈安排", "在什么时间、什么地点、以什么方式反馈？请不要写个人的考核结果。"),
        Blank("contact", "联系人", "有疑问联系谁，电话是多少？"),
    ),
    Asks.CONFIRM,
)
TEMPLATES = {one.key: one for one in (PLAIN, RECOMMEND, CALL_UP, FEEDBACK)}
