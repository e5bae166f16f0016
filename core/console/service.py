"""Commands on who is signed in to the console: invite, set a password, sign in, use, sign out. All are audited."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from core import audit
from core.clock import Clock, wall
from core.console import passwords, store
from core.console.rules import IDLE, INVITE_LIFE, LIFE, LOCK_AFTER, LOCK_FOR, TOUCH_EVERY, Session, password_problem
from core.console.tickets import Tickets
from core.db import Connection, Database
from core.errors import NotFound, Refused
from core.people import store as people
from core.people.access import rights_of
from core.people.rules import Person

WRONG = "账号或密码不对，或因连续输错已锁定 15 分钟。"
"""The same whatever is wrong: otherwise five tries would tell which accounts exist."""
NO_ROLE = "您没有工作台的权限。如需使用，请联系本单位管理员。"
USED = "这个链接已经用过或已过期，请联系管理员重新发送。"


@dataclass(frozen=True)
class Visitor:
    """Who makes a request, by which session."""

    person: Person
    session: Session


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Doors:
    """Lets people in and out. `clock` dates the audit; sessions and locks go by real time."""

    db: Database
    clock: Clock
    tickets: Tickets

    def invite(self, userid: str, by: str) -> str:
        """A token for a one-time link with which the person sets a password; 24 hours.

        Raises NotFound without such an active person, Refused when no role of theirs opens the console.
        """
        token = secrets.token_urlsafe(32)
        with self.db.write() as connection:
            person = people.by_userid(connection, userid)
            if person is None or person.status != "active":
                raise NotFound("没有这个账号。")
            if not rights_of(person.roles):
                raise Refused("这个账号没有工作台的角色。")
            store.put_invite(connection, _hash(token), person.userid, wall() + INVITE_LIFE)
            self._note(connection, by, "console.invite", person.userid)
        return token

    def invited(self, token: str) -> Person:
        """Whom a link is for. Raises Refused when it was used or is too old."""
        with self.db.read() as connection:
            return self._guest(connection, token)

    def set_password(self, token: str, password: str) -> str:
        """Use the link up, set the password, end older sessions and begin one; returns its token. Raises Refused."""
        person = self.invited(token)
        if problem := password_problem(password, person.userid):
            raise Refused(problem)
        hashed = passwords.hashed(password)
        with self.db.write() as connection:
            person = self._guest(connection, token)
            store.drop_invite(connection, _hash(token))
            store.put_password(connection, person.userid, hashed, wall())
            store.drop_sessions_of(connection, person.userid)
            self._note(connection, person.userid, "console.password", person.userid)
            return self._begin(connection, person, "invite")

    def _guest(self, connection: Connection, token: str) -> Person:
        userid = store.invited(connection, _hash(token), wall())
        person = people.by_userid(connection, userid) if userid else None
        if person is None or person.status != "active":
            raise Refused(USED)
        return person

    def sign_in(self, userid: str, password: str) -> str:
        """Begin a session; returns its token. Five wrong passwords lock for a quarter of an hour. Raises Refused."""
        with self.db.read() as connection:
            person = people.by_userid(connection, userid.strip())
            row = store.password(connection, person.userid) if person else None
        right = passwords.matches(row.hash if row else None, password)
        with self.db.write() as connection:
            problem = self._settle(connection, person, right)
            if not problem and person:
                return self._begin(connection, person, "password")
        raise Refused(problem)

    def _settle(self, connection: Connection, person: Person | None, right: bool) -> str:
        """Count the try under the write lock, so that many at once count as many; '' lets in."""
        row = store.password(connection, person.userid) if person else None
        if person is None or row is None:
            self._note(connection, "-", "console.refused", "-")
            return WRONG
        if row.locked_until and row.locked_until > wall():
            self._note(connection, person.userid, "console.refused", person.userid, reason="locked")
            return WRONG
        if not right:
            failures = row.failures + 1
            locked = failures >= LOCK_AFTER
            store.set_failures(connection, row.userid, 0 if locked else failures, wall() + LOCK_FOR if locked else None)
            self._note(connection, person.userid, "console.refused", person.userid, failures=failures)
            return WRONG
        if person.status != "active" or not rights_of(person.roles):
            self._note(connection, person.userid, "console.refused", person.userid, reason="role")
            return NO_ROLE
        store.set_failures(connection, row.userid, 0, None)
        return ""

    def sign_in_by_ticket(self, raw: str, nonce: str) -> str:
        """Begin a session with bot's ticket; returns its token. Raises Refused (also for a ticket used before)."""
        ticket = self.tickets.read(raw, nonce, wall())
        with self.db.write() as connection:
            fresh = store.use_ticket(connection, ticket.id, wall())
            person = people.by_account(connection, "wecom", ticket.userid) if fresh else None
            if person and rights_of(person.roles):
                return self._begin(connection, person, "wecom")
            self._note(connection, person.userid if person else "-", "console.refused", "-", reason="role")
        raise Refused(NO_ROLE if fresh else WRONG)

    def _begin(self, connection: Connection, person: Person, way: str) -> str:
        token, now = secrets.token_urlsafe(32), wall()
        store.forget(connection, now - IDLE, now - LIFE, now)
        store.add_session(connection, _hash(token), Session(person.userid, secrets.token_urlsafe(32), now, now, way))
        self._note(connection, person.userid, "console.signin", person.userid, way=way)
        return token

    def visitor(self, token: str) -> Visitor | None:
        """Who holds the token; None when the session is over or the person has left or lost every role."""
        now = wall()
        with self.db.read() as connection:
            session = store.session(connection, _hash(token))
            person = people.by_userid(connection, session.userid) if session else None
        if session is None or person is None or session.ended(now):
            return None
        if person.status != "active" or not rights_of(person.roles):
            return None
        if now - session.seen_at > TOUCH_EVERY:
            with self.db.write() as connection:
                store.touch(connection, _hash(token), now)
        return Visitor(person, session)

    def sign_out(self, token: str, userid: str) -> None:
        """End the session."""
        with self.db.write() as connection:
            store.drop_session(connection, _hash(token))
            self._note(connection, userid, "console.signout", userid)

    def note(self, actor: str, action: str, subject: str, **detail: str | int) -> None:
        """Audit something that the console alone knows of: a page refused, an id that is not there."""
        with self.db.write() as connection:
            self._note(connection, actor, action, subject, **detail)

    def _note(self, connection: Connection, actor: str, action: str, subject: str, **detail: str | int) -> None:
        audit.record(connection, self._now(), actor, action, subject[:120], **detail)

    def _now(self) -> dt.datetime:
        return self.clock.now()
