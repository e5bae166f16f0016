"""容错自评: the organisation's own conditions one by one, each with its clause. Pure.

Which conditions there are is data: facts of the documents with `self_check: each` (every item is a question) or `any`
(the items are one question); kind `exclusions` is marked only where the document itself says 不予容错. Nothing is added
up, weighed or predicted, and nothing of it is stored: a walk lives in the caller's short-lived context.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.messages.rules import Button, Reply, chosen
from core.policies.rules import Policy, citation, clause_label

MET, UNCLEAR, EXCLUDED = "您认为符合", "还需说明", "文件明确不予容错"
END = "本自评仅供对照条款，不代表组织认定。"
INTRO = (
    "容错自评：按您单位文件逐项对照，共{count}项。"
    "您的选择只用于这次对照，结束后不保留，也不发送给任何人；随时可以结束。"
)
QUALIFIER = "文件对“{about}”的限定：{qualifier}。"
PLACE = "第{number}项，共{count}项"
ASK = "您的情况是否符合这一项？"
ASK_EXCLUDED = "您的情况是否属于这一项？"
HOW_MANY = {True: "（须全部具备）", False: "（所列其一）", None: "（文件没有写明须全部具备还是其一）"}
APART = "（文件要求同“{other}”区分开来）"
NOT_OF_THESE = "不属于“{text}”"
AGAIN = "请从下面选一项，也可以回复数字。"
RESULT = "容错自评对照结果："
BASIS = "依据：{citations}"
LEFT = "自评已结束，没有保存。"
SILENT = "《{title}》没有逐条列明容错条件，不能逐项自评。"
NO_POLICY = "您单位的容错文件还没有收录，不能逐项自评。"
PREFIX = "selfcheck:"
_YES, _UNSURE, _IN, _OUT, _NO = "yes", "unsure", "in", "out", "no"
_ANSWERS = ((_YES, "符合"), (_UNSURE, "还需说明"))
_ANSWERS_EXCLUDED = ((_OUT, "不属于"), (_IN, "属于"), (_UNSURE, "说不清"))
_MOVES = (("back", "上一项"), ("leave", "结束自评"))
_TAIL = r"(?:的|了|吧|啊|呀|这一?[项条点])*[。.，,!！]*"
_SAID = (
    (_NO, r"不太?符合|不算|部分符合"),
    (_UNSURE, r"还?需要?(?:再)?说明|说不[清准]楚?|不确定|不清楚|不好说|不知道|拿不准|不一定|也许|可能"),
    (_OUT, r"不属于|没有|不是|没有过|没有这种情况|不存在"),
    (_IN, r"属于|有|是|是的|有过|存在"),
    (_YES, r"符合|是|是的|对|对的|有|算|嗯|完全符合|我?觉得符合|我?认为符合"),
)
_BACK = re.compile(rf"(?:返回)?上一[项步条个]{_TAIL}")
_LEAVE = re.compile(
    rf"(?:结束|退出|不做|停止|取消|算了|先不[弄做填]|不评|不测|返回|继续|跳过)(?:自评|申请|填写)?{_TAIL}"
)


@dataclass(frozen=True)
class Condition:
    """One question. `text` in the document's words as the facts hold them; `hint` says how the document means it."""

    clause: str
    about: str
    text: str
    hint: str = ""
    excluded: bool = False

    def answers(self) -> tuple[tuple[str, str], ...]:
        """What may be chosen: (answer, title)."""
        return _ANSWERS_EXCLUDED if self.excluded else _ANSWERS


@dataclass(frozen=True)
class Walk:
    """How far a self-check is: the document, how many questions it had, what was chosen so far."""

    policy: str
    count: int
    given: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the caller's context."""
        return {"policy": self.policy, "count": self.count, "given": list(self.given)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Walk":
        """Inverse of `as_json`."""
        return cls(value["policy"], value["count"], tuple(value["given"]))


@dataclass(frozen=True)
class Taken:
    """The walk as it goes on (None: it is over) and what is said."""

    walk: Walk | None
    replies: tuple[Reply, ...]


def conditions(policy: Policy) -> tuple[Condition, ...]:
    """The questions of a document in its order; none where it lists no conditions."""
    found: list[Condition] = []
    for clause in policy.clauses:
        facts = {str(fact["id"]): fact for fact in clause.facts}
        for fact in clause.facts:
            if fact.get("self_check"):
                found += _of_fact(clause.id, fact, facts)
    return tuple(found)


def _of_fact(clause: str, fact: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> list[Condition]:
    about, excluded = str(fact["about"]), fact["kind"] == "exclusions"
    items = [str(item) for item in fact["items"]]
    if fact["self_check"] == "any":
        return [Condition(clause, about, "、".join(items), HOW_MANY[fact.get("all_required")], excluded)]
    names = [str(name) for name in facts[fact["named_by"]]["items"]] if fact.get("named_by") else [about] * len(items)
    others = [str(other) for other in facts[fact["apart_from"]]["items"]] if fact.get("apart_from") else []
    hints = [APART.format(other=other) for other in others] or [""] * len(items)
    rows = zip(names, items, hints, strict=True)
    return [Condition(clause, name, text, hint, excluded) for name, text, hint in rows]


def start(policy: Policy | None) -> Taken:
    """Begin with the first question; a document without conditions is said to have none."""
    found = conditions(policy) if policy else ()
    if policy is None or not found:
        words = SILENT.format(title=policy.title) if policy else NO_POLICY
        return Taken(None, (Reply(words, "silent"),))
    return ask(policy, Walk(policy.id, len(found)), INTRO.format(count=len(found)), *_qualifiers(policy))


def ask(policy: Policy, walk: Walk, *before: str) -> Taken:
    """The open question, also after an answer to something else."""
    found = conditions(policy)
    if len(found) != walk.count:
        return start(policy)  # the document was replaced meanwhile
    at = len(walk.given)
    condition = found[at]
    lines = (
        *before,
        PLACE.format(number=at + 1, count=walk.count),
        f"{citation(policy, condition.clause)} {condition.about}：{condition.text}{condition.hint}",
        ASK_EXCLUDED if condition.excluded else ASK,
    )
    cited = ((policy.id, condition.clause),)
    return Taken(walk, (Reply("\n".join(lines), "ask", cited, buttons=_buttons(condition, at)),))


def leave() -> Taken:
    """End before the last question."""
    return Taken(None, (Reply(LEFT, "chat"),))


def step(policy: Policy, walk: Walk, said: str) -> Taken | None:
    """Take a button's argument (`2:yes`) or typed words; None when they are not for the self-check."""
    found = conditions(policy)
    if len(found) != walk.count or len(walk.given) >= walk.count:
        return start(policy)
    at = len(walk.given)
    place, answer = _understood(found[at], at, said)
    if answer is None:
        return None
    if answer == "leave":
        return leave()
    if place != at:
        return ask(policy, walk, AGAIN)  # a button of an earlier question
    if answer == "back":
        return ask(policy, replace(walk, given=walk.given[:-1]))
    if answer not in {known for known, _ in found[at].answers()}:
        return ask(policy, walk, AGAIN)
    walk = replace(walk, given=(*walk.given, answer))
    return Taken(None, (result(policy, walk),)) if len(walk.given) == walk.count else ask(policy, walk)


def _understood(condition: Condition, at: int, said: str) -> tuple[int, str | None]:
    plain = said.strip()
    if found := re.fullmatch(r"(\d{1,2}):([a-z]+)", plain):
        return int(found[1]), found[2]
    if button := chosen(plain, _buttons(condition, at)):
        return at, button.payload.rpartition(":")[2]
    if _LEAVE.fullmatch(plain):
        return at, "leave"
    if _BACK.fullmatch(plain):
        return at, "back"
    words = [answer for answer, pattern in _SAID if re.fullmatch(f"(?:{pattern}){_TAIL}", plain)]
    if words == [_NO] and not condition.excluded:
        return at, _UNSURE  # whether it counts is not the assistant's to say
    fitting = {answer for answer, _ in condition.answers()}
    # 没有 may mean that a condition (没有谋取私利) is met or that it is not: ask again rather than guess.
    return at, next((answer for answer in words if answer in fitting), words[0] if words else None)


def _buttons(condition: Condition, at: int) -> tuple[Button, ...]:
    moves = _MOVES if at else _MOVES[1:]
    return tuple(Button(title, f"{PREFIX}{at}:{name}") for name, title in (*condition.answers(), *moves))


def result(policy: Policy, walk: Walk) -> Reply:
    """Each condition with its label and clause; the last line is fixed. Kind answer: erased once delivered."""
    found = conditions(policy)
    lines = [RESULT]
    for number, (condition, given) in enumerate(zip(found, walk.given, strict=True), start=1):
        text = NOT_OF_THESE.format(text=condition.text) if given == _OUT else condition.text
        lines.append(f"{number}. {clause_label(condition.clause)} {condition.about}：{text}——{_label(given)}")
    cited = tuple(dict.fromkeys((policy.id, condition.clause) for condition in found))
    basis = BASIS.format(citations="；".join(citation(policy, clause) for _, clause in cited))
    return Reply("\n".join([*lines, *_qualifiers(policy), basis, END]), "answer", cited)


def _label(given: str) -> str:
    return {_YES: MET, _OUT: MET, _IN: EXCLUDED}.get(given, UNCLEAR)


def _qualifiers(policy: Policy) -> list[str]:
    """What the document says about its list as a whole; dropping it would change the rule."""
    facts = (fact for clause in policy.clauses for fact in clause.facts)
    return [
        QUALIFIER.format(about=fact["about"], qualifier=fact["qualifier"])
        for fact in facts
        if fact.get("self_check") and fact.get("qualifier")
    ]
