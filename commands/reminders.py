"""What `chengyao reminders …` does, over one `Reminders`."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from commands import ground, store
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock
from core.crypto import Cipher
from core.db import Connection, Database
from core.errors import NotFound, Refused
from core.health import service as health
from core.messages.service import Mailbox
from core.people import service as organisations
from core.people import store as people
from core.people.rules import Person
from core.reminders import catalogue, workdays
from core.reminders.rules import EVENTS, Occurrence
from core.reminders.service import Reminders
from core.settings import Settings
from core.talks.service import Talks


def build(settings: Settings) -> Reminders:
    """Reminders over the product's database. Raises SettingError when keys are missing."""
    store.prepare(settings)
    cipher = Cipher(tuple(settings.keys()))
    database = Database(settings.database)
    mailbox = Mailbox(database, cipher, Clock(settings.now_offset))
    known = organisations.organisations(database)
    return Reminders(mailbox, known, Talks(Desk(mailbox, known, Vault(settings.var / "evidence", cipher))))


@contextmanager
def _opened() -> Iterator[Reminders]:
    reminders = build(ground.settings())
    try:
        yield reminders
    finally:
        reminders.mailbox.db.close()


def person(connection: Connection, account: str) -> Person:
    """Who an account (wecom:ID or ID) is. Raises NotFound."""
    found = people.by_userid(connection, account.removeprefix("wecom:"))
    if found is None or found.status != "active":
        raise NotFound(f"花名册中没有这名人员：{account}")
    return found


def day(raw: str, otherwise: dt.date) -> dt.date:
    """An ISO day, or the day otherwise meant. Raises Refused."""
    try:
        return dt.date.fromisoformat(raw) if raw else otherwise
    except ValueError:
        raise Refused(f"日期应写成 2026-11-20：{raw}") from None


def plan(on: str) -> str:
    """Plan for a day; returns what was added in one paragraph."""
    with _opened() as reminders:
        planned = reminders.plan(day(on, reminders.today()))
        rules = catalogue.rules()
        lines = [f"{rules[rule].title}（{rule}）：{count}" for rule, count in sorted(planned.added.items())]
        gaps = [f"花名册缺少日期：{planned.gaps} 处，见 chengyao reminders gaps"] if planned.gaps else []
        return "\n".join([f"{planned.on} 新增提醒 {planned.total} 条", *lines, *gaps])


def due(on: str, as_json: bool, account: str = "") -> str:
    """What is due on a day; today is planned first. Unannounced events only for an HR officer (`account`)."""
    with _opened() as reminders:
        today = reminders.today()
        wanted = day(on, today)
        if wanted == today:
            reminders.plan(today)
        viewer = None
        if account:
            with reminders.mailbox.db.read() as connection:
                viewer = person(connection, account)
        found = reminders.due(wanted, viewer)
    if as_json:
        return json.dumps(found, ensure_ascii=False, indent=1)
    return "\n".join(
        f"{item['due_on']}  {item['kind']:<13} {item['userid'] or '-'} → {item['to']}  "
        f"{item['clause']['policy']} {item['clause']['clause']}"
        for item in found
    )


def tick() -> str:
    """Queue now what is due now; returns how many pushes."""
    with _opened() as reminders:
        done = reminders.tick(reminders.mailbox.clock.now())
        return f"已排入 {done.pushed} 条提醒"


def gaps(org: str) -> Iterator[str]:
    """Lines of roster rows that lack what a rule needs."""
    with _opened() as reminders:
        titles = catalogue.rules()
        for known in [org] if org else list(reminders.orgs):
            if known not in reminders.orgs:
                raise NotFound(f"没有这个组织：{known}")
            for one, gap in reminders.gaps(known, reminders.today()):
                yield f"{one.org}\t{one.userid}\t{one.name}\t缺少{gap.missing}\t{titles[gap.rule].title}"


def add_event(event: str, userid: str, on: str, announced: bool, account: str, consent: bool) -> str:
    """Enter an event as an HR officer. Raises Refused, NotFound."""
    if event not in EVENTS:
        raise Refused("事项应为：" + "、".join(f"{name}（{label}）" for name, label in EVENTS.items()))
    with _opened() as reminders, reminders.mailbox.db.write() as connection:
        by = person(connection, account)
        about = person(connection, userid)
        when = day(on, reminders.today())
        event_id = reminders.add_event(
            connection, about.org, about.userid, event, when, announced, by.userid, consent=consent
        )
    if event_id is None:
        raise Refused("本单位文件没有这一条，未登记。")
    return str(event_id)


def announce(event_id: int, account: str) -> None:
    """The event is public now. Raises Refused, NotFound."""
    with _opened() as reminders, reminders.mailbox.db.write() as connection:
        reminders.announce(connection, event_id, person(connection, account))


def cancel(event_id: int, account: str) -> None:
    """The event does not happen. Raises Refused, NotFound."""
    with _opened() as reminders, reminders.mailbox.db.write() as connection:
        reminders.cancel_event(connection, event_id, person(connection, account))


def settle(move: str, what: str, account: str, days: int = 1) -> str:
    """done, later, off or on for a member. Raises Refused, NotFound."""
    with _opened() as reminders, reminders.mailbox.db.write() as connection:
        who = person(connection, account)
        if move in ("off", "on"):
            (reminders.off if move == "off" else reminders.on)(connection, who, what)
            return "好的。"
        if move == "later":
            return f"{reminders.later(connection, int(what), who, days):%Y-%m-%d} 再提醒。"
        return "已登记为完成。" if reminders.done(connection, int(what), who) else "已记下，等待对方确认。"


def mine(account: str) -> Iterator[str]:
    """A member's list; for HR also what is left over and how many of each."""
    with _opened() as reminders, reminders.mailbox.db.read() as connection:
        who = person(connection, account)
        for item in reminders.mine(connection, who):
            yield f"{item.occurrence.id}\t{item.line}"
        for talk in reminders.owed(connection, who):
            yield f"{talk.id}\t{talk.state}\t{talk.name}\t{talk.due_on}"
        if "hr" in who.roles:
            for occurrence, reason in reminders.hr_list(connection, who):
                yield _left(occurrence, reason)


def _left(item: Occurrence, reason: str) -> str:
    return f"{item.id}\t{catalogue.rules()[item.rule].title}\t{item.userid}\t{item.due_on}\t{reason}"


def coverage(account: str) -> Iterator[str]:
    """How many of each rule in each state, and talks by department, for an HR officer. Raises Refused."""
    with _opened() as reminders, reminders.mailbox.db.read() as connection:
        who = person(connection, account)
        for rule, states in sorted(reminders.coverage(connection, who).items()):
            counts = Counter({str(state): count for state, count in states.items() if count})
            yield f"{catalogue.rules()[rule].title}\t" + "\t".join(f"{name} {count}" for name, count in counts.items())
        for department, (size, talked) in sorted(reminders.talk_coverage(connection, who).items()):
            yield f"{department or '未登记部门'}\t一年内已谈 {talked}/{size}"


def health_batch(department: str, on: str, place: str, account: str) -> str:
    """Offer a health-check day to a department of HR's own organisation. Raises Refused."""
    with _opened() as reminders, reminders.mailbox.db.write() as connection:
        who = person(connection, account)
        when = day(on, reminders.today())
        return str(health.add_batch(connection, reminders.mailbox, who, department, when, place))


def not_been(year: int, account: str) -> Iterator[str]:
    """Who of HR's organisation is not on record as having been. Raises Refused."""
    with _opened() as reminders, reminders.mailbox.db.read() as connection:
        for one in health.not_been(connection, person(connection, account), year or reminders.today().year):
            yield f"{one.userid}\t{one.name}\t{one.department}"


def calendar_problem(today: dt.date) -> list[str]:
    """For `doctor`: what is wrong with the holiday calendar."""
    last = workdays.last_known_year()
    if today.year < last or (today.year == last and today.month < 11):
        return []
    return [f"节假日日历只到 {last} 年：之后按周一至周五推送提醒，请更新 chinesecalendar"]
