"""A second channel of the same person: the code that ties it, untying, where to be reminded."""

import re
from collections.abc import Sequence

from actions import replies
from actions.turn import Call, Command, Outcome, Pending, Simple, Turn
from actions.wiring import App
from core.db import Connection
from core.messages.rules import Button, Reply, outside
from core.people import links, service
from core.people.links import Result

TELEGRAM = "telegram"
POINTER = (
    "这件事只在企业微信里办理，请打开企业微信中的撑腰助手继续。"
    "Telegram在单位以外，申请、材料、谈话、生活和健康方面的内容请不要发到这里；这里收到的内容不会保存。"
)
NOT_TIED = (
    "这个账号还没有绑定，暂时不能使用。请先在企业微信里对撑腰助手说“绑定Telegram”，"
    "再把拿到的验证码发到这里（10分钟内有效）。"
)
WRONG = "验证码不对，或者已经过期、用过。请在企业微信里对撑腰助手说“绑定Telegram”，取一个新的验证码。"
TOO_MANY = "试的次数太多，请过10分钟再试。"
WHAT_GOES = (
    "这里可以咨询政策，接收不涉及个人事项的提醒和通知；申请、材料、谈话、生活和健康方面的事项请在企业微信里办理。"
)
TIED = f"绑定好了。{WHAT_GOES}"
TIED_HOME = "您的Telegram账号刚刚绑定。如果不是您本人操作，请回复“解绑Telegram”，并联系本单位组织人事部门。"
CODE = (
    "验证码：{code}\n请在10分钟内，用您本人的Telegram把它发给撑腰助手，或者发送 /start {code} 。"
    "请不要转给别人。\nTelegram在单位以外，服务器在境外。" + WHAT_GOES
)
CLOSED = "本单位没有开通Telegram，请继续在企业微信里使用。"
ALREADY = "这个Telegram账号已经绑定。需要换人使用时，请先回复“解绑Telegram”。"
UNTIED = "已经解绑。以后的提醒和通知都发到企业微信。"
NOTHING_TIED = "您没有绑定Telegram账号。需要时，请在企业微信里回复“绑定Telegram”。"
WISH_THERE = "好的，不涉及个人事项的提醒和通知以后发到Telegram，其余的仍发到企业微信。"
WISH_HOME = "好的，提醒和通知以后都发到企业微信。"
EDITED = "改过的消息我看不到改动，请重新发一条。"

_NAME = r"(telegram|tg|电报)"
_END = r"(账号|帐号)?[吧。.!！]*"
_PLEASE = r"(我要|我想|帮我|请)?"
_LINK = re.compile(rf"{_PLEASE}(绑定|关联|连接)(一下)?(我的)?{_NAME}{_END}", re.IGNORECASE)
_UNLINK = re.compile(rf"{_PLEASE}(解绑|解除绑定|取消绑定|取消关联|断开)(一下)?(我的)?{_NAME}{_END}", re.IGNORECASE)
_WISH = re.compile(
    rf"(以后|请|帮我)?把?(提醒和通知|提醒|通知|推送)(以后)?都?改?(发|推)送?[到给去在]?({_NAME}|企业微信|企微|微信)[上里]?{_END}",
    re.IGNORECASE,
)
_BUTTON_THERE = Button("提醒发到Telegram", "push:telegram")
_BUTTON_HOME = Button("提醒发到企业微信", "push:wecom")
_BUTTON_MENU = Button("菜单", "menu")


def spoken(turn: Turn) -> Outcome | None:
    """The command that a message of exactly these words is; None for any other."""
    text = "".join(turn.call.text.split()) if turn.call.kind == "text" else ""
    if _LINK.fullmatch(text):
        return link(turn, TELEGRAM)
    if _UNLINK.fullmatch(text):
        return unlink(turn, TELEGRAM)
    if found := _WISH.fullmatch(text):
        return wish(turn, "wecom" if "微" in found[0] else TELEGRAM)
    return None


def link(turn: Turn, _channel: str) -> Outcome:
    """Hand out a code, in WeChat Work only."""
    if not links.is_open(turn.connection, TELEGRAM):
        return _said(CLOSED)
    if outside(turn.call.account[0]):
        return _said(ALREADY)
    code = links.new_code(turn.connection, turn.app.mailbox.cipher, turn.person, TELEGRAM)
    return Outcome((Reply(CODE.format(code=code), "status", sensitive=True),))


def unlink(turn: Turn, _channel: str) -> Outcome:
    """Untie, from either side."""
    done = links.untie(turn.connection, turn.person, TELEGRAM, turn.person.userid)
    if done and outside(turn.call.account[0]):
        turn.app.mailbox.queue(turn.connection, service.HOME, turn.person.userid, Reply(UNTIED, "notice"))
    return _said(UNTIED if done else NOTHING_TIED)


def wish(turn: Turn, channel: str) -> Outcome:
    """Where to be reminded from now on."""
    if channel != TELEGRAM:
        links.wish(turn.connection, turn.person, service.HOME)
        return _said(WISH_HOME)
    if not links.tied(turn.connection, turn.person, TELEGRAM):
        return _said(NOTHING_TIED)
    links.wish(turn.connection, turn.person, TELEGRAM)
    return _said(WISH_THERE, _BUTTON_HOME)


def start(turn: Turn, code: str) -> Outcome:
    """/start of somebody tied already: a code ties the account anew, without one it is a greeting."""
    if code:
        return Outcome(redeem(turn.app, turn.call, turn.connection, code))
    return _said(WHAT_GOES, _BUTTON_MENU)


def stranger(app: App, call: Call, connection: Connection) -> tuple[Reply, ...]:
    """Somebody outside whose account is tied to nobody: a code ties it, anything else is told how to get one."""
    if not links.is_open(connection, call.account[0]):
        return (replies.stranger(),)
    name, _, argument = str(call.metadata.get("command") or "").partition(":")
    code = argument if name == "start" else call.text
    if code and (name == "start" or links.looks_like_code(code)):
        return redeem(app, call, connection, code)
    return (Reply(NOT_TIED, "handover"),)


def redeem(app: App, call: Call, connection: Connection, code: str) -> tuple[Reply, ...]:
    """Tie the account, and tell its owner in WeChat Work, who may not have been the one that typed the code."""
    channel, external = call.account
    done = links.redeem(connection, app.mailbox.cipher, channel, external, code)
    if done.result is Result.TOO_MANY:
        return (Reply(TOO_MANY, "handover"),)
    if done.result is Result.WRONG or done.person is None:
        return (Reply(WRONG, "handover"),)
    warning = Reply(TIED_HOME, "notice", buttons=(Button("解绑Telegram", "unlink:telegram"), _BUTTON_THERE))
    app.mailbox.queue(connection, service.HOME, done.person.userid, warning)
    return (Reply(TIED, "status", buttons=(_BUTTON_THERE, _BUTTON_MENU)),)


def pointer() -> Reply:
    """What is answered outside to everything that stays inside."""
    return Reply(POINTER, "handover", buttons=(_BUTTON_MENU,))


def _said(text: str, *buttons: Button) -> Outcome:
    return Outcome((Reply(text, "status", buttons=tuple(buttons)),))


def phrases() -> Sequence[str]:
    """The fixed phrases, for the test of their wording."""
    return (POINTER, NOT_TIED, WRONG, TOO_MANY, TIED, TIED_HOME, CODE, CLOSED, ALREADY, UNTIED, NOTHING_TIED,
            WISH_THERE, WISH_HOME, EDITED)  # fmt: skip


COMMANDS: dict[str, Command] = {
    "link": link,
    "unlink": unlink,
    "push": wish,
    "start": start,
    "edited": lambda _turn, _argument: _said(EDITED),
}
INTENTS: dict[str, Simple] = {}
PENDING: dict[str, Pending] = {}
