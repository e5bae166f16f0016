"""What a turn is about: commands, dangerous messages, small talk, questions. Order matters and is tested."""

import re
from dataclasses import replace
from types import ModuleType

from actions import (
    accounts,
    cases,
    drafting,
    feedback,
    filing,
    life,
    notices,
    party,
    reminder_talks,
    reminders,
    replies,
    selfcheck,
    talks,
)
from actions.answer import ask, topic_command, topic_menu
from actions.turn import Command, Outcome, Pending, Simple, Turn, picked
from core.cases.guard import danger
from core.cases.questions import asking
from core.messages.rules import Context, Reply

DANGEROUS_SURE = 0.35
COMMAND_SURE = 0.45
REQUEST_FACTOR = 8.0
_CONTROL = {"back": 10, "skip": 10, "affirm": 10, "deny": 10, "resume": 10, "pause": 20, "cancel": 20}
"""The longest message, in characters, that can be a mere word of control."""
_REQUEST = re.compile(
    r"(帮|给|替|代|麻烦)[我俺咱阿拉忙]*.{0,6}(申请|递|提交|报|填|开个|弄个|办|起个头)|我?[想要](正式)?(申请|报个|走一?下?容错|走容错)|我要提"
)
_HOW_LONG = re.compile(r"多久|多长时间|几(?:天|日|个工作日|个月)|多少天|时限|期限|截止")
_CLEAR_ME = re.compile(
    r"(?:我|俺|咱|本人)(?:们)?(?:就是|真的|很)?(?:想|要|得|请求|要求|需要)(?:请)?(?:组织|单位)?(?:给我|帮我|替我)?(?:做个|做一下)?(?:澄清|正名)|"
    r"(?:给|帮|替)(?:我|俺|咱)(?:们)?.{0,4}(?:澄清|正名|辟谣)|还(?:我|俺)(?:一个|个)?清白|恢复(?:我|俺)?的?名誉"
)
_TOLERATE_ME = re.compile(
    r"(?:我|俺|咱|本人)(?:们)?(?:就是)?(?:想|要|得|请求|要求)(?:申请|走|办|报|提)?(?:一下|个|一个)?容[错措]"
)
_TALK_TO = re.compile(
    r"(?:想|要|希望)(?:找|约|跟|和|同|请)(?:一?下|个)?[一-鿿]{0,6}?(?:书记|领导|部长|院长|校长|处长|主任|镇长|乡长|县长|局长|组织部|人事处|纪委|工会)"
    r"[一-鿿]{0,4}?(?:谈谈|聊聊|谈一谈|聊一聊|谈心|谈个?话)"
)
_THREAT_WORDS = ("威胁", "要打我", "堵我", "恐吓", "要弄死", "砍我")


def route(turn: Turn) -> Outcome:
    """Lead the turn to what answers it: the open form first."""
    spoken = accounts.spoken(turn) or notices.spoken(turn)
    if spoken is None and (outcome := filing.take(turn, without_form)) is not None:
        return outcome
    in_form = filing.is_open(turn)
    outcome = spoken or without_form(turn)
    return filing.remind(turn, outcome) if in_form else outcome


def without_form(turn: Turn) -> Outcome:
    """Lead the turn to what answers it, as if no form were open."""
    if turn.call.kind == "attachment":
        return _media(turn)
    command = turn.call.metadata.get("command")
    if isinstance(command, str) and command:
        return run(turn, command)
    if not any(map(str.isalnum, turn.call.text)):  # nothing to read, or signs and emoji alone
        return Outcome((replies.menu(replies.EMPTY),))
    if (button := picked(turn)) is not None:
        return run(turn, button.payload)
    intent = likeliest(turn)
    if (fixed := dangerous(turn, intent)) is not None:
        return fixed
    if (number := cases.number_in(turn.call.text)) and intent not in ("withdraw", "supplement"):
        return cases.show(turn, number)
    dialogue = PENDING.get(str(turn.context.pending.get("dialogue", "")))
    if dialogue and (outcome := dialogue(turn)) is not None:
        return outcome
    if intent in INTENTS and sure(turn, intent):
        return _named(INTENTS[intent](turn), intent)
    return ask(turn)


def likeliest(turn: Turn) -> str:
    """The likeliest intent; a plain request to apply outweighs the question it is wrapped in."""
    ranking = dict(turn.call.ranking)
    if wished := _wished(turn):
        return wished
    if _REQUEST.search(turn.call.text):
        for name in ("file_tolerance", "file_clarification", "book_talk"):
            ranking[name] = ranking.get(name, 0.0) * REQUEST_FACTOR
    for name, longest in _CONTROL.items():
        if len(turn.call.text) > longest:
            ranking.pop(name, None)
    return max(ranking, key=lambda name: ranking[name], default="")


def dangerous(turn: Turn, intent: str) -> Outcome | None:
    """The fixed reply to one of the four dangerous messages."""
    if intent not in _DANGEROUS or turn.call.ranking[intent] < DANGEROUS_SURE:
        return None
    return _DANGEROUS[intent](turn)


def _wished(turn: Turn) -> str:
    """The form that a plain wish asks for, whatever story comes with it; a question or a cry for help is none."""
    text = turn.call.text
    if len(text) > 400 or danger(text, turn.call.ranking) or asking(text).asks:
        return ""
    if _CLEAR_ME.search(text):
        return "file_clarification"
    if _TALK_TO.search(text):
        return "book_talk"
    return "file_tolerance" if _TOLERATE_ME.search(text) else ""


def sure(turn: Turn, intent: str) -> bool:
    """Whether words are so likely a command that they are taken for one."""
    if intent == _wished(turn):
        return True
    requested = _REQUEST.search(turn.call.text)
    if intent.startswith("file_") and not requested and _asks_how_long(turn.call.text):
        return False
    factor = REQUEST_FACTOR if requested else 1.0
    return turn.call.ranking.get(intent, 0.0) * factor >= COMMAND_SURE


def _asks_how_long(text: str) -> bool:
    """容错申请几天之内交 names the form and asks about it."""
    return bool(_HOW_LONG.search(text)) and asking(text).asks


def _named(outcome: Outcome, intent: str) -> Outcome:
    """Replies to a command carry its name as their topic."""
    return replace(outcome, said=tuple(replace(reply, topic=reply.topic or intent) for reply in outcome.said))


def run(turn: Turn, command: str) -> Outcome:
    """Do what a button or menu entry stands for; an unknown command shows the menu."""
    name, _, argument = command.partition(":")
    handler = COMMANDS.get(name)
    return handler(turn, argument) if handler else Outcome((replies.menu(replies.GREETING),))


def _media(turn: Turn) -> Outcome:
    """Pictures and files without a form: part of a case that waits for them, or asked about."""
    if turn.context.pending.get("dialogue") == "case.supplement":
        outcome = PENDING["case.supplement"](turn)
        if outcome is not None:
            return outcome
    taken, refused = drafting.files(turn)
    lines = [f"没有保存：{one.name}。{one.reason}" for one in refused]
    if taken:
        known = turn.context.pending.get("files")
        ids = [*(known if isinstance(known, list) else []), *(one.id for one in taken)]
        return cases.waiting(turn, ids, [*lines, replies.FILES_HERE.format(count=len(ids))])
    menu = replies.buttons((("菜单", "menu"),))
    if lines:
        return Outcome((Reply("\n".join(lines), "chat", buttons=menu),))
    what = replies.MEDIA_NAMES.get(str(turn.call.metadata.get("media")), "内容")
    return Outcome((Reply(replies.MEDIA.format(what=what), "chat", buttons=menu),))


def _share(turn: Turn, agreed: bool) -> Outcome:
    question = turn.context.pending.get("question")
    if agreed and question:
        turn.app.mailbox.share_question(turn.connection, str(question))
    text = replies.SHARED if agreed and question else replies.NOT_SHARED
    return Outcome((Reply(text, "chat"),), Context(turn.context.topic, turn.context.clause))


def _distress(turn: Turn) -> Outcome:
    if any(word in turn.call.text for word in _THREAT_WORDS):
        text = f"{replies.THREAT}\n{replies.contacts(turn.org, 'union', 'psychology')}"
        return Outcome((Reply(text, "handover"),))
    choices = replies.buttons((("需要", "care"), ("暂时不用", "menu")))
    return Outcome((Reply(replies.DISTRESS, "handover", buttons=choices),))


def _care(turn: Turn) -> Outcome:
    return Outcome((Reply(replies.contacts(turn.org, "psychology", "union"), "handover"),))


def _with_contact(text: str, *kinds: str) -> Simple:
    def handler(turn: Turn) -> Outcome:
        return Outcome((Reply(f"{text}\n{replies.contacts(turn.org, *kinds)}", "handover"),))

    return handler


def _human(turn: Turn) -> Outcome:
    return Outcome((replies.human(turn.org),))


def _office(kind: str) -> Simple:
    def handler(turn: Turn) -> Outcome:
        line = replies.APPLY_TO.format(contact=replies.contacts(turn.org, kind))
        return Outcome((Reply(f"{replies.APPLY_BY_OFFICE}\n{line}", "handover"),))

    return handler


def _said(text: str, kind: str = "chat") -> Simple:
    return lambda turn: Outcome((Reply(text, kind),))


def _menu(text: str) -> Simple:
    return lambda turn: Outcome((replies.menu(text),))


_DANGEROUS: dict[str, Simple] = {
    "distress": _distress,
    "report_someone": _with_contact(replies.REPORT, "discipline"),
    "own_up": _with_contact(replies.OWN_UP, "discipline"),
    "inquiry_help": _with_contact(replies.INQUIRY, "discipline"),
}


def _plain(handler: Simple) -> Command:
    return lambda turn, _argument: handler(turn)


_OWN_COMMANDS: dict[str, Command] = {
    "topic": topic_command,
    "share": lambda turn, argument: _share(turn, argument == "yes"),
    "menu": _plain(_menu(replies.GREETING)),
    "enter": _plain(_menu(replies.WELCOME)),
    "help": _plain(_menu(replies.WELCOME)),
    "topics": _plain(topic_menu),
    "human": _plain(_human),
    "care": _plain(_care),
}
_OWN_INTENTS: dict[str, Simple] = {
    "talk_to_human": _human,
    "cancel": _menu(replies.CANCELLED),
    "pause": _menu(replies.CANCELLED),
    "back": _menu(replies.GREETING),
    "help": _menu(replies.WELCOME),
    "greet": lambda turn: Outcome((Reply(replies.WELCOME, "chat", buttons=replies.buttons(replies.MENU)),)),
    "thanks": _said(replies.THANKS),
    "goodbye": _said(replies.GOODBYE),
    "bot_identity": _said(replies.IDENTITY),
    "feedback_unhelpful": _with_contact(replies.UNHELPFUL, "organization"),
    "deny": _menu(replies.GREETING),
    "skip": _menu(replies.GREETING),
}

# Each topic's module adds its own: COMMANDS by a payload's name, INTENTS, and PENDING by a dialogue's name.
_MODULES: tuple[ModuleType, ...] = (
    filing, cases, party, talks, reminder_talks, life, accounts, reminders, selfcheck, notices, feedback,
)  # fmt: skip
COMMANDS: dict[str, Command] = {
    **_OWN_COMMANDS,
    **{name: one.COMMANDS[name] for one in _MODULES for name in one.COMMANDS},
}
INTENTS: dict[str, Simple] = {**_OWN_INTENTS, **{name: one.INTENTS[name] for one in _MODULES for name in one.INTENTS}}
PENDING: dict[str, Pending] = {name: one.PENDING[name] for one in _MODULES for name in one.PENDING}
