"""Commands on notices: write, hand in, approve, steer; each on the caller's write transaction."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import audit
from core.audience import tables as audience_of
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.messages.rules import Button, Reply
from core.messages.service import Mailbox
from core.notices import store
from core.notices.rules import (
    ANSWERS,
    STATE_TITLES,
    TICK,
    Asks,
    Audience,
    Content,
    Notice,
    NoticeState,
    parse_audience,
    problems,
)
from core.people import store as people
from core.people.orgs import Org
from core.people.rules import Person

COMMAND_LINE = "cli"
BUTTON_MARK = "n."
_TABLE = "notices"
_SAMPLE = 5
OUTGROWN = "通知“{title}”到了发送时间，收件人已有{people}人，超过本单位设定的人数，等另一位工作人员审核同意后再发。"
_ROLES = frozenset(("hr", "admin"))


@dataclass(frozen=True)
class Reach:
    """Whom a notice would go to. `approval`: so many that a second person has to agree."""

    people: int
    sample: tuple[str, ...]
    approval: bool
    orgs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notices:
    """Notices over one mailbox. `orgs`: profiles, for the size above which a second person has to agree."""

    mailbox: Mailbox
    orgs: Mapping[str, Org]

    # -- writing

    def write(
        self, connection: Connection, sender: str, org: str, content: Content, asks: Asks, neutral: bool = True
    ) -> int:
        """Store a new draft; its number. `neutral`: it may go where a person wishes to be reached instead."""
        now = self.mailbox.clock.now()
        values = {"org": org, "sender": sender, "state": NoticeState.DRAFT, "asks": asks, "body": self.seal(content)}
        return store.add(connection, **values, neutral=neutral, created_at=now, touched_at=now)

    def rewrite(
        self, connection: Connection, notice_id: int, content: Content, asks: Asks, neutral: bool = True
    ) -> None:
        """Replace what a draft says. Raises Refused once it was handed in."""
        known = self.get(connection, notice_id)
        if known.state is not NoticeState.DRAFT or known.submitted_at is not None:
            raise Refused("这条通知已经提交，不能再改。")
        values = {"body": self.seal(content), "asks": asks, "neutral": neutral, "touched_at": self.mailbox.clock.now()}
        store.change(connection, notice_id, **values)

    def discard(self, connection: Connection, notice_id: int) -> None:
        """Delete a draft that was never handed in."""
        store.remove(connection, notice_id)

    def draft_of(self, connection: Connection, sender: str) -> Notice | None:
        """What a person is writing."""
        row = store.draft_of(connection, sender)
        return self.notice_of(row) if row else None

    def reach(self, connection: Connection, audience: Audience) -> Reach:
        """Count and sample. Raises Refused for nobody and for a group that has no one in it."""
        for spec in (*audience.to, *audience.excluded):
            if audience_of.meets_nobody(connection, spec, audience.within):
                raise Refused(f"名单里没有符合的人：{spec}")
        sizes = audience_of.sizes(connection, audience)
        if not sizes:
            raise Refused("这个范围里没有人，不能发送。")
        names = tuple(audience_of.sample(connection, audience, _SAMPLE))
        return Reach(sum(sizes.values()), names, any(map(self._large, sizes, sizes.values())), tuple(sizes))

    def _large(self, org: str, people: int) -> bool:
        profile = self.orgs.get(org)
        limit = profile.settings.get("notice_approval_size") if profile else None
        return isinstance(limit, int) and people > limit

    def submit(
        self, connection: Connection, notice_id: int, actor: str, ticked: bool, at: dt.datetime | None = None
    ) -> Notice:
        """Hand a draft in, to go out now or `at` a time. Raises Refused with the reason for its author."""
        known = self.get(connection, notice_id)
        if known.state is not NoticeState.DRAFT or known.submitted_at is not None:
            raise Refused("这条通知已经提交。")
        if wrong := problems(known.content.title, known.content.text):
            raise Refused("\n".join(wrong))
        if not ticked:
            raise Refused(f"发送前请先确认：{TICK}。")
        now = self.mailbox.clock.now()
        if at is not None and at < now:
            raise Refused("这个发送时间已经过了。请改成以后的时间，或不写时间、现在发送。")
        reach = self.reach(connection, known.content.audience)
        org = known.org or (reach.orgs[0] if len(reach.orgs) == 1 else "")
        keys = {action: BUTTON_MARK + secrets.token_urlsafe(12) for _, action in ANSWERS[known.asks]}
        store.add_buttons(connection, notice_id, keys)
        state = NoticeState.DRAFT if reach.approval else NoticeState.SCHEDULED
        times = {"submitted_at": now, "scheduled_at": at or now, "touched_at": now}
        values = {"state": state, "approval": reach.approval, "recipients": 0, "org": org}
        store.change(connection, notice_id, **values, **times)
        self.trail(connection, actor, "submit", notice_id, people=reach.people, approval=reach.approval)
        notice = self.get(connection, notice_id)
        if reach.approval:
            self._ask_approval(connection, notice, reach.people)
        return notice

    def outgrown(self, connection: Connection, notice_id: int) -> bool:
        """Whether a notice that needed nobody's approval has come to need it, as more people are meant by now.

        It then waits for a second person, who is asked and whose decision its author is told to wait for. A chase-up
        goes to some of those who have got the first notice, and is never held up.
        """
        notice = self.get(connection, notice_id)
        if notice.approval or notice.parent is not None:
            return False
        sizes = audience_of.sizes(connection, notice.content.audience)
        if not any(map(self._large, sizes, sizes.values())):
            return False
        now = self.mailbox.clock.now()
        store.change(connection, notice_id, state=NoticeState.DRAFT, approval=True, touched_at=now)
        self.trail(connection, "system", "outgrown", notice_id, people=sum(sizes.values()))
        self._ask_approval(connection, notice, sum(sizes.values()))
        self.tell(connection, notice, OUTGROWN.format(title=notice.content.title, people=sum(sizes.values())))
        return True

    def _ask_approval(self, connection: Connection, notice: Notice, count: int) -> None:
        if not notice.org:
            return
        text = f"有一条通知等您审核：{notice.content.title}\n发给{count}人，超过本单位设定的人数，需要第二人同意。"
        reply = Reply(text, "confirm", buttons=(Button("查看并审核", f"notice:review:{notice.id}"),))
        for userid in audience_of.approvers(connection, notice.org, notice.sender):
            self.mailbox.queue(connection, "wecom", userid, reply)

    # -- a second person

    def approve(self, connection: Connection, notice_id: int, person: Person) -> Notice:
        """A second person agrees; the notice goes out at its time. Raises Refused."""
        notice = self._awaiting(connection, notice_id, person)
        values = {"state": NoticeState.SCHEDULED, "approved_by": person.userid}
        store.change(connection, notice_id, **values, touched_at=self.mailbox.clock.now())
        self.trail(connection, person.userid, "approve", notice_id)
        self.tell(connection, notice, f"通知“{notice.content.title}”已审核同意，将按时间发送。")
        return self.get(connection, notice_id)

    def reject(self, connection: Connection, notice_id: int, person: Person) -> None:
        """A second person does not agree; it is a draft again. Raises Refused."""
        notice = self._awaiting(connection, notice_id, person)
        store.change(connection, notice_id, submitted_at=None, touched_at=self.mailbox.clock.now())
        self.trail(connection, person.userid, "reject", notice_id)
        self.tell(connection, notice, f"通知“{notice.content.title}”没有通过审核，已退回成草稿。发送“发通知”可以修改。")

    def _awaiting(self, connection: Connection, notice_id: int, person: Person) -> Notice:
        notice = self.get(connection, notice_id)
        if not may_send(person) or (notice.org and person.org != notice.org):
            raise Refused("您没有审核这条通知的权限。")
        if person.userid.casefold() == notice.sender.casefold():
            raise Refused("需要由另一位工作人员审核，不能自己审核自己的通知。")
        if not notice.awaits_approval:
            raise Refused(f"这条通知现在不需要审核，状态：{STATE_TITLES[notice.state]}。")
        return notice

    # -- reading

    def get(self, connection: Connection, notice_id: int) -> Notice:
        """A notice by number. Raises NotFound."""
        row = store.notice(connection, notice_id)
        if row is None:
            raise NotFound(f"没有编号为{notice_id}的通知。")
        return self.notice_of(row)

    def newest(self, connection: Connection, most: int, org: str = "", sender: str = "") -> list[Notice]:
        """The newest notices, drafts in the writing left out."""
        rows = store.newest(connection, most, org, sender)
        return [self.notice_of(row) for row in rows if row.state != NoticeState.DRAFT or row.submitted_at is not None]

    # -- helpers

    def tell(self, connection: Connection, notice: Notice, text: str, buttons: tuple[Button, ...] = ()) -> None:
        """Let a notice's author know; the command line has no phone."""
        if notice.sender != COMMAND_LINE:
            self.mailbox.queue(connection, "wecom", notice.sender, Reply(text, "status", buttons=buttons))

    def person(self, connection: Connection, userid: str) -> Person:
        """Somebody who may send or approve notices. Raises NotFound or Refused."""
        found = people.by_userid(connection, userid)
        if found is None or found.status != "active":
            raise NotFound(f"花名册里没有在岗的：{userid}")
        if not may_send(found):
            raise Refused("发通知由组织人事部门的工作人员办理。")
        return found

    def seal(self, content: Content) -> bytes:
        """What a notice says, encrypted for its row."""
        value = {"title": content.title, "text": content.text, **content.audience.as_json(), "form": content.form}
        value["within"] = content.audience.within
        return self.mailbox.cipher.seal_json(value, _TABLE)

    def notice_of(self, row: Row[Any]) -> Notice:
        """A stored row as a value."""
        names = ("id", "org", "sender", "created_at", "scheduled_at", "submitted_at", "approval", "approved_by")
        values = {
            name: getattr(row, name) for name in (*names, "parent", "neutral", "recipients", "reason", "finished_at")
        }
        content = opened(self.mailbox, row.body)
        return Notice(**values, state=NoticeState(row.state), asks=Asks(row.asks), content=content)

    def trail(self, connection: Connection, actor: str, action: str, notice_id: int, **detail: Any) -> None:
        """Write the audit row of a command."""
        audit.record(connection, self.mailbox.clock.now(), actor, f"notice.{action}", f"notice:{notice_id}", **detail)


def opened(mailbox: Mailbox, body: bytes) -> Content:
    """What a stored notice says. Raises DecryptionFailed."""
    value = mailbox.cipher.open_json(body, _TABLE)
    within = value.get("within", "")
    to = value["to"]
    audience = parse_audience(to, value["except"], within) if to else Audience((), (), within)
    return Content(value["title"], value["text"], audience, value.get("form") or {})


def may_send(person: Person) -> bool:
    """Whether a person may write and approve notices."""
    return bool(_ROLES & set(person.roles))
