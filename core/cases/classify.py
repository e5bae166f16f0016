"""What a turn inside a form is: an answer to the open question, a question, a correction, a command, or chat.

The text decides; Rasa's ranking is additional evidence only, because its intents know questions and a story told as
事情经过 looks like one (design section 4). Held to tests/nlu/form_turns.jsonl with a reported confusion table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.cases import cues
from core.cases.corrections import amend
from core.cases.form import CHECK
from core.cases.questions import Asking, asking


class Label(StrEnum):
    """What a turn is."""

    ANSWER = "answer"
    QUESTION = "question"
    CORRECTION = "correction"
    COMMAND = "command"
    CHAT = "chat"


@dataclass(frozen=True)
class Verdict:
    """A label, and whether it is certain enough to act on; otherwise the cadre is asked."""

    label: Label
    sure: bool = True


_CONTROL = {"skip", "back", "cancel", "pause", "resume", "help"}
_STEERS = re.compile(r"[跳略停]|返回|上一|下一|取消|算了|先不|不[填写弄办]|帮助|菜单")
_SMALL_TALK = {"greet", "thanks", "goodbye"}
_INTENT_SURE = 0.8
_TOLD = 24
"""Characters told beside a question from which the turn may be meant as an answer."""
_SHORT = 30
_TAG = re.compile(
    r"[，, ]?(?:行不行?|行吗|可以吗|可不可以|可以不|好吗|好不好?|中不中?|成不成?|对吗|方便吗|合适吗|能行吗|"
    r"没问题吧)[？?]?$"
)
_SHAPES = {
    "incident_date": re.compile(r"\d|[年月日号]|去年|前年|上个?月|上周|昨天|前天|季度|学期|假|节|年底|年初"),
    "preferred_time": re.compile(r"\d|周|星期|礼拜|明天|后天|今天|上午|下午|晚上|中午|月|号|下班|随时|都行|都可以"),
    "hand_in_time": re.compile(r"\d|周|星期|礼拜|明天|后天|今天|上午|下午|晚上|中午|月|号"),
    "unit": re.compile(r"(?:系|处|部|局|镇|乡|县|学院|学校|中心|办|科|室|所|站|公司|村|委)"),
    "talk_with": re.compile(
        r"书记|院长|校长|部|处|科|股|主任|领导|镇长|县长|主席|局长|主管|他|她|老师|同志|找|约|跟|和"
    ),
    "expected_scope": re.compile(r"在.{0,14}(?:会|群|里|上|内|范围|村|系|院|单位|部门|全校|公众号)|就.{1,14}"),
    "topic": re.compile(r"想|聊|谈|说说|汇报"),
}
_NONE = re.compile(r"(?:暂时?)?(?:无|没|[没莫么冇]得|没有?(?:啥|什么)?)(?:了|的)?")
"""There is none of it: an answer to 后果 or 客观条件, whatever Rasa thinks of the word."""
_DENIAL = re.compile(
    r"(?:这)?(?:不对|不是的?|错了|假的)[，,。！!\s]*(?:我|俺|咱|本人|这事|那天|当时)?(?:们)?"
    r"(?:压根|根本|从来|完全|一直|确实)?(?:就)?(?:没|不[^对])"
)
"""不对，我压根没去过: what is wrong is the rumour, not an earlier field."""
_YOU = re.compile(r"^[你您](?!们)|[让请帮][你您]")
_WISH = re.compile(
    r"^(?:我?[想要]|就|主要|希望|也?不?知道|顺便).{0,6}(?:谈|聊|说|问|请|汇报|反映|了解|照顾|回)|不知道(?:有没有|"
    r"能不能|可不可以)|想问问能不能|想(?:请|听听|谈|聊|说说)|想[跟和同].{1,8}[说谈聊]"
)


def classify(text: str, intent_ranking: Mapping[str, float], open_field: str | None) -> Label:
    """The label of a turn while `open_field` is asked for (`check` during the check)."""
    return weigh(text, intent_ranking, open_field).label


def weigh(text: str, intent_ranking: Mapping[str, float], open_field: str | None) -> Verdict:
    """The label with its certainty."""
    words = text.strip()
    if cues.command(words, open_field):
        return Verdict(Label.COMMAND)
    if cues.chat(words, open_field):
        return Verdict(Label.CHAT)
    if len(words) <= 60 and _switches(words, open_field):
        return Verdict(Label.COMMAND)
    found = asking(words)
    if open_field == "facts" and _DENIAL.match(words) and not found.asks:
        return Verdict(Label.ANSWER)
    if not (found.asks and found.last and len(words) > 4) and amend(words, open_field) is not None:
        return Verdict(Label.CORRECTION)
    if found.asks and not _fits_with_tag(words, open_field):
        return _asked(words, found, open_field)
    return _told(words, intent_ranking, open_field)


def _switches(words: str, open_field: str | None) -> bool:
    from core.cases.fields import FORMS  # the table is the only thing that knows which form a field is of

    kinds = [kind for kind, form in FORMS.items() if any(item.name == open_field for item in form)] or list(FORMS)
    return any(cues.switch(words, kind) for kind in kinds if len(kinds) == 1 or kind != "talk")


def _fits_with_tag(words: str, open_field: str | None) -> bool:
    """下周二下午行不: the field's own form with 行不 behind it is an answer."""
    shape = _SHAPES.get(open_field or "")
    if shape is None:
        return False
    if open_field == "topic" and _WISH.search(words):
        return True
    tag = _TAG.search(words)
    rest = words[: tag.start()] if tag else ""
    return bool(rest) and bool(shape.search(rest)) and not asking(rest).asks


def _asked(words: str, found: Asking, open_field: str | None) -> Verdict:
    """A turn with a question in it."""
    if open_field == CHECK or found.told < _TOLD or found.direct:
        date = open_field == "incident_date" and not found.last and _SHAPES["incident_date"].search(words)
        return Verdict(Label.ANSWER) if date and not found.policy else Verdict(Label.QUESTION)
    if found.last:
        return Verdict(Label.QUESTION, sure=False)
    return Verdict(Label.ANSWER, sure=not found.policy or found.told > 2 * len(found.asked))


def _told(words: str, ranking: Mapping[str, float], open_field: str | None) -> Verdict:
    """A turn without a question: an answer, unless Rasa is certain that a short one is something else."""
    intent = max(ranking, key=lambda name: ranking[name], default="")
    certain = bool(intent) and ranking[intent] >= _INTENT_SURE
    if open_field != CHECK and _NONE.fullmatch(cues.plain(words)):
        return Verdict(Label.ANSWER)
    if certain and len(words) <= 10 and intent in _SMALL_TALK:
        return Verdict(Label.CHAT)
    if certain and intent in _CONTROL and (len(words) <= 4 or (len(words) <= 8 and _STEERS.search(words))):
        return Verdict(Label.COMMAND)
    if certain and len(words) <= _SHORT and ("." in intent or intent == "out_of_scope"):
        return Verdict(Label.ANSWER, sure=not re.search(r"容错|免责|问责|处分|提拔|影响期", words))
    addressed = len(words) <= 14 and _YOU.search(words) is not None
    return Verdict(Label.ANSWER, sure=open_field != CHECK and not addressed)
