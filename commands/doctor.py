"""`chengyao doctor`: what is missing, in one line each."""

import httpx
from sqlalchemy.exc import SQLAlchemyError

from commands import training
from commands.reminders import calendar_problem
from core import audit
from core.broadcast import store as broadcast
from core.cases import fonts
from core.cases.fonts import NO_FONTS
from core.clock import Clock
from core.db import Database
from core.errors import ChengyaoError
from core.messages import store
from core.people import orgs
from core.people import service as people
from core.people.orgs import CONTACT_KINDS, CONTACT_LABELS
from core.settings import Settings
from knowledge.check import problems as knowledge_problems


def problems(settings: Settings) -> list[str]:
    """Everything that needs a person."""
    return [
        *_settings(settings),
        *_orgs(settings),
        *calendar_problem(Clock(settings.now_offset).today()),
        *knowledge_problems(),
        *([] if fonts.chinese() else [NO_FONTS]),
        *_database(settings),
        *_running(settings),
    ]


def _settings(settings: Settings) -> list[str]:
    try:
        settings.require_production()
    except ChengyaoError as error:
        return [f"设置：{error}"]
    return []


def _orgs(settings: Settings) -> list[str]:
    found = []
    for org in _known(settings).values():
        for kind in CONTACT_KINDS:
            contact = org.contact(kind)
            if contact is None:
                found.append(f"{org.id}：没有登记{CONTACT_LABELS[kind]}联系方式")
            elif contact.example:
                found.append(f"{org.id}：{CONTACT_LABELS[kind]}联系方式还是示例")
    return found


def _known(settings: Settings) -> dict[str, orgs.Org]:
    """The profiles, and the organisations that were only named; without a database the profiles alone."""
    try:
        return people.organisations(Database(settings.database))
    except SQLAlchemyError:
        return orgs.load()  # `_database` says what is wrong with it


def _database(settings: Settings) -> list[str]:
    try:
        with Database(settings.database).read() as connection:
            found = [
                f"消息 {row.id}（{row.kind}，{row.received_at:%Y-%m-%d %H:%M} UTC）处理失败：{row.failure}"
                for row in store.failures(connection, 20)
            ]
            found += [
                f"通知 {number} 有{people}人是否送达未知：chengyao notice settle {number}"
                for number, people in broadcast.unsettled(connection)
            ]
            counts = store.counts(connection)
            broken = audit.verify(connection).broken_at
    except SQLAlchemyError as error:
        return [f"数据库：{type(error).__name__}，请先运行一次 chengyao run"]
    if counts.get("outbox_unknown"):
        found.append(f"有 {counts['outbox_unknown']} 条消息是否送达未知，需要人工确认")
    if broken is not None:
        found.append(f"审计链在第{broken}行断开")
    return found


def _running(settings: Settings) -> list[str]:
    found = [] if training.model_path(settings).exists() else ["语言模型还没有训练：chengyao train"]
    try:
        ready = httpx.get(f"http://127.0.0.1:{settings.bot_port}/readyz", trust_env=False, timeout=5)
    except httpx.HTTPError:
        return [*found, "助手没有运行"]
    return found if ready.status_code == 200 else [*found, f"助手没有就绪：{ready.text[:200]}"]
