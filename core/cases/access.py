"""Who may do something about a case, and who hears of it. Cards name the kind of case and nothing else."""

from collections.abc import Iterable

from core.cases import store
from core.cases.routing import HANDLER_ROLE
from core.cases.rules import HANDLER_ROLES, TYPE_LABEL, Case, Role, roles_in
from core.db import Connection
from core.errors import NotFound, Refused
from core.messages.rules import Reply
from core.messages.service import Mailbox
from core.people import store as people
from core.people.rules import Person

NEW = "一件新的{}，请到工作台查看"
NEWS = "一件{}有新情况，请到工作台查看"
NOBODY_LEFT = "一件{}没有可承办的人员，请转交办理"
PROGRESS = "您的申请有新进展，请打开查看"
SECRET_TRIED = "一份带有密级或内部材料标志的文件被拒收，没有保存，请按保密规定了解处理"
_CHANNEL = "wecom"


def roles(connection: Connection, case: Case, person: Person) -> frozenset[Role]:
    """What the person is to the case.

    Raises NotFound for whoever has nothing to do with it, Refused for whoever is kept out of it.
    """
    found = roles_in(person, case, people.by_userid(connection, case.applicant))
    if not found:
        raise NotFound
    if _kept_out(connection, case, person, found):
        raise Refused("按回避规定，这件申请不由您办理。")
    return found


def _kept_out(connection: Connection, case: Case, person: Person, found: frozenset[Role]) -> bool:
    concerned = not found & {Role.APPLICANT, Role.SYSTEM}
    return concerned and person.userid.casefold() in store.barred_from(connection, case.id)


def second_person(connection: Connection, case: Case, userid: str, first: Person) -> Person:
    """The one who may confirm what `first` enters. Raises Refused, in the same words whatever stands against it."""
    person = people.by_userid(connection, userid)
    found = roles_in(person, case, None) if person else frozenset[Role]()
    if (
        person is None
        or person.userid == first.userid
        or Role.HANDLER not in found
        or _kept_out(connection, case, person, found)
    ):
        raise Refused("需要另一名授权人员确认。")
    return person


def available(connection: Connection, case: Case) -> list[Person]:
    """Handlers of the organisation who may open the case, those of the case's own office first."""
    barred = store.barred_from(connection, case.id) | {case.applicant.casefold()}
    members = people.of_org(connection, case.org)
    left = [one for one in members if set(one.roles) & set(HANDLER_ROLES) and one.userid.casefold() not in barred]
    return sorted(left, key=lambda one: HANDLER_ROLE[case.office] not in one.roles)


def tell(mailbox: Mailbox, connection: Connection, userids: Iterable[str], text: str) -> int:
    """Queue a card on the caller's transaction; returns to how many."""
    told = list(dict.fromkeys(userids))
    for userid in told:
        mailbox.queue(connection, _CHANNEL, userid, Reply(text, "notice"))
    return len(told)


def tell_handlers(mailbox: Mailbox, connection: Connection, case: Case, words: str) -> None:
    """Tell the case's own handler, else its office, else the other office; nobody left: who can pass it on."""
    text = words.format(TYPE_LABEL[case.type])
    left = available(connection, case)
    own = [one for one in left if one.userid == case.handler]
    office = [one for one in left if HANDLER_ROLE[case.office] in one.roles]
    if chosen := own or office or left:
        tell(mailbox, connection, (one.userid for one in chosen), text)
        return
    tell(mailbox, connection, caretakers(connection, case.org), NOBODY_LEFT.format(TYPE_LABEL[case.type]))


def caretakers(connection: Connection, org: str) -> list[str]:
    """Who looks after the organisation's use of the product: its administrators, else its HR officers."""
    members = people.of_org(connection, org)
    found = [[one.userid for one in members if role in one.roles] for role in ("admin", "hr")]
    return found[0] or found[1]
