"""What each move of a case does beyond changing its status. Each checks first and raises Refused; nothing is half done.

The returned values go into the case's row.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.cases import access, decisions, store
from core.cases.routing import OFFICES
from core.cases.rules import HANDLER_ROLES, Case, Role, Status
from core.crypto import Cipher
from core.db import Connection
from core.errors import Refused
from core.people import store as people
from core.people.rules import Person

_NOT_NOW = "这件申请目前不能进行这一步。"
Values = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A move about to be made. `policy`: the organisation's own document; `now`: the product's instant."""

    connection: Connection
    cipher: Cipher
    case: Case
    actor: Person
    roles: frozenset[Role]
    details: Mapping[str, str]
    policy: str
    now: dt.datetime
    today: dt.date

    def decision(self) -> dict[str, str]:
        """The decision as entered; {} before."""
        sealed = store.decision_of(self.connection, self.case.id)
        found: dict[str, str] = self.cipher.open_json(sealed, "cases") if sealed else {}
        return found

    def settled(self) -> list[str]:
        """The check-list items that are recorded."""
        return store.settled_checks(self.connection, self.case.id)


def _take(step: Step) -> Values:
    """The first who takes a case on is its handler."""
    return {} if step.case.handler else {"handler": step.actor.userid}


def _transfer(step: Step) -> Values:
    office = step.details.get("office", "")
    if office and office not in OFFICES:
        raise Refused("转办部门应为 discipline 或 organization。")
    return {"office": office, "handler": None} if office else {}


def enter(step: Step) -> Values:
    """Enter a decision for a second person to confirm."""
    if step.case.decided_by:
        raise Refused("认定已经录入，等待第二名授权人员确认。")
    decisions.require_decision(step.policy, step.case.type, step.details, step.today)
    outcome = step.details["outcome"]
    decisions.require_checks(step.policy, step.case.type, Status.DECIDED, step.settled(), outcome)
    kept = {name: value.strip() for name, value in step.details.items() if name != "second" and value.strip()}
    return {"decision": step.cipher.seal_json(kept, "cases"), "decided_by": step.actor.userid}


def confirm(step: Step) -> Values:
    """The second person confirms what was entered; a granted request opens correction."""
    entered = step.decision()
    if not step.case.decided_by or not entered:
        raise Refused("还没有录入认定。")
    if step.actor.userid == step.case.decided_by:
        raise Refused("需要另一名授权人员确认。")
    decisions.require_checks(step.policy, step.case.type, Status.DECIDED, step.settled(), entered["outcome"])
    granted = entered["outcome"] in decisions.GRANTED
    return {
        "confirmed_by": step.actor.userid,
        "correction": "open" if granted else None,
        "correction_due": decisions.day(entered, "correction_due"),
        "influence_until": decisions.day(entered, "influence_until"),
    }


def _tell(step: Step) -> Values:
    if step.case.told_on:
        raise Refused("已经登记过当面告知。")
    told_on = decisions.past_day(step.details, "told_on", step.today)
    if told_on < dt.date.fromisoformat(step.decision()["date"]):
        raise Refused("当面告知日期早于认定日期。")
    return {"told_on": told_on}


def _publish(step: Step) -> Values:
    decisions.past_day(step.details, "date", step.today)
    if decisions.PUBLISHED in step.settled():
        raise Refused("已经登记过公开。")
    _record(step, decisions.PUBLISHED, decisions.DONE, step.details["text"])
    return {}


def _told(step: Step) -> Values:
    """Nothing about a decision moves before it was told in person."""
    if not step.case.told_on:
        raise Refused(_NOT_NOW)
    return {}


def _report(step: Step) -> Values:
    if not step.case.told_on or step.case.correction not in ("open", "returned"):
        raise Refused(_NOT_NOW)
    return {"correction": "reported"}


def _settle_correction(state: str) -> Callable[[Step], Values]:
    def settle(step: Step) -> Values:
        if step.case.correction != "reported":
            raise Refused("本人还没有报送整改情况。")
        return {"correction": state}

    return settle


def _check(step: Step) -> Values:
    item, state = step.details["item"], step.details["state"]
    if item not in {check.item for check in decisions.checks_for(step.policy, step.case.type)}:
        raise Refused("本单位文件没有这一核对事项。")
    if item == decisions.PUBLISHED:
        raise Refused("“一定范围内公开”请单独登记公开的时间和内容。")
    if state not in (decisions.DONE, decisions.NOT_APPLICABLE):
        raise Refused("核对情况应为 done 或 not_applicable。")
    _record(step, item, state, step.details["note"])
    return {}


def _opinion(step: Step) -> Values:
    _record(step, decisions.PARTY_OPINION, decisions.DONE, step.details["text"])
    return {}


def _record(step: Step, item: str, state: str, note: str) -> None:
    body = step.cipher.seal_json({"note": note}, "case_checks")
    row = {"case_id": step.case.id, "item": item, "state": state, "at": step.now, "actor": step.actor.userid}
    store.put_check(step.connection, row | {"body": body})


def _exclude(step: Step) -> Values:
    """Ask for somebody to be kept out. An applicant may name anybody and learns nothing about who handles the case."""
    named = step.details["person"].strip()
    members = [one for one in people.of_org(step.connection, step.case.org) if set(one.roles) & set(HANDLER_ROLES)]
    found = [one for one in members if named in (one.userid, one.name)]
    if Role.APPLICANT not in step.roles and [one.userid for one in found] != [step.actor.userid]:
        raise Refused("承办人只能申报本人回避。")
    for one in found:
        by, reason = step.actor.userid, step.details["reason"]
        propose(step.connection, step.cipher, step.case.id, one.userid, by, step.now, reason)
    return {}


def propose(
    connection: Connection, cipher: Cipher, case_id: int, userid: str, by: str, now: dt.datetime, reason: str
) -> None:
    """Keep somebody out until the head has settled it; asked again after a denial, it stands again."""
    body = cipher.seal_json({"reason": reason}, "case_exclusions")
    values = {"state": "proposed", "proposed_by": by, "at": now, "body": body}
    if not store.settle_exclusion(connection, case_id, userid, **values, settled_by=None):
        store.add_part(connection, "exclusions", {"case_id": case_id, "userid": userid} | values)


def _settle_exclusion(state: str) -> Callable[[Step], Values]:
    def settle(step: Step) -> Values:
        named = step.details["person"].strip()
        values = {"state": state, "settled_by": step.actor.userid}
        if not store.settle_exclusion(step.connection, step.case.id, named, **values):
            raise Refused("没有这条回避事项。")
        return {"handler": None} if state == "approved" and step.case.handler == named else {}

    return settle


def _assign(step: Step) -> Values:
    """Put the case into one handler's hands; whoever is kept out of it can't be named."""
    named = step.details["person"].strip()
    found = [one for one in access.available(step.connection, step.case) if named in (one.userid, one.name)]
    if len(found) != 1:
        raise Refused("没有这名可以承办的人员。")
    return {"handler": found[0].userid}


def _hold(step: Step) -> Values:
    decisions.past_day(step.details, "date", step.today)
    return {"closed_at": step.now}


def _close(step: Step) -> Values:
    if not step.case.told_on:
        raise Refused("还没有登记当面告知。")
    if step.case.correction not in (None, "accepted"):
        raise Refused("整改还没有完成。")
    outcome = step.decision()["outcome"]
    decisions.require_checks(step.policy, step.case.type, Status.CLOSED, step.settled(), outcome)
    return {"closed_at": step.now}


def _end(step: Step) -> Values:
    return {"closed_at": step.now}


_EFFECTS: dict[str, Callable[[Step], Values]] = {
    "accept": _take,
    "investigate": _take,
    "transfer": _transfer,
    "tell": _tell,
    "publish": _publish,
    "acknowledge": _told,
    "report_correction": _report,
    "accept_correction": _settle_correction("accepted"),
    "return_correction": _settle_correction("returned"),
    "check": _check,
    "opinion": _opinion,
    "exclude": _exclude,
    "approve_exclusion": _settle_exclusion("approved"),
    "deny_exclusion": _settle_exclusion("denied"),
    "assign": _assign,
    "hold": _hold,
    "close": _close,
    "withdraw": _end,
    "not_accept": _end,
    "decline": _end,
    "lapse": _end,
}
NEWS_TO_HANDLERS = {
    "answer": access.NEWS, "supplement": access.NEWS, "withdraw": access.NEWS, "report_correction": access.NEWS,
    "acknowledge": access.NEWS, "opinion": access.NEWS, "agree": access.NEWS, "transfer": access.NEW,
    "approve_exclusion": access.NEWS, "exclude": access.NEWS, "assign": access.NEW,
}  # fmt: skip


def effect(move: str, step: Step) -> Values:
    """Check and do what the move asks for beyond its row. Raises Refused."""
    return _EFFECTS[move](step) if move in _EFFECTS else {}
