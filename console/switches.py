"""Reminder rules as the organisation has them: on which clause, in which words, on or off."""

from starlette.responses import Response

from console.reminders import KINDS, service_of
from console.visit import GET, POST, Page, Visit
from core.errors import Refused
from core.people.access import Right
from core.policies.rules import citation
from core.reminders import catalogue
from core.reminders.choosing import choose
from core.reminders.overrides import LEADS, MOST_LEAD, Choice, applied, shown, written
from core.reminders.rules import Rule

ROLES = {
    "cadre": "本人", "leader": "直接领导", "supervisor": "分管领导", "hr": "组织人事", "unit": "所在单位",
    "handler": "承办人",
}  # fmt: skip


def rules(visit: Visit) -> Response:
    """GET /reminders/rules: what the organisation's documents carry, and what it chose."""
    return _rules(visit)


def _rules(visit: Visit, problem: str = "", status: int = 200, refused: str = "") -> Response:
    service = service_of(visit)
    with visit.parts.db.read() as connection:
        carried = service.carried(connection, visit.person.org)
        chosen = service.chosen(connection, visit.person.org)
        documents = visit.parts.desk.documents(connection)
    now = applied(carried, {name: Choice(False, one.lead, one.text) for name, one in chosen.items()})
    cited = {
        name: [citation(documents[policy], clause) for policy, clause in rule.clauses if policy in documents]
        for name, rule in carried.items()
    }
    texts = {name: {to: shown(text) for to, text in item.rule.text.items()} for name, item in now.items()}
    if refused in texts:  # what was typed stays in its form
        texts[refused] |= {to: visit.given(f"text:{to}") for to in texts[refused] if f"text:{to}" in visit.form}
    idle = [rule.title for name, rule in catalogue.rules().items() if name not in carried]
    return visit.page(
        "reminder_rules.html", status, title="提醒规则", rules=now, cited=cited, idle=idle, kinds=KINDS, roles=ROLES,
        texts=texts, off={name for name, one in chosen.items() if one.off}, chosen=chosen, leads=LEADS, most=MOST_LEAD,
        problem=problem, refused=refused,
    )  # fmt: skip


def change(visit: Visit) -> Response:
    """POST /reminders/rules/{rule}: on or off, lead days, wording."""
    rule = catalogue.rules().get(visit.path["rule"])
    try:
        if rule is None:
            raise Refused("没有这条规则。")
        choose(service_of(visit), rule.id, _choice(visit, rule), visit.person)
    except Refused as error:
        return _rules(visit, str(error), 409, visit.path["rule"])
    return visit.go("/reminders/rules", "chosen")


def _choice(visit: Visit, rule: Rule) -> Choice:
    """The form. Words and days as the catalogue has them are no choice, so that a later release may change them."""
    raw = visit.given("lead")
    if raw and not (raw.isascii() and raw.isdecimal() and len(raw) < 4):
        raise Refused("提前天数应写成数字。")
    lead = int(raw) if raw and int(raw) != rule.lead else None
    text = {}
    for to, usual in rule.text.items():
        try:
            words = written(visit.given(f"text:{to}"))
        except ValueError as error:
            raise Refused(str(error)) from None
        if words and words != usual:
            text[to] = words
    return Choice(visit.given("state") == "off", lead, text)


PAGES = (
    Page(GET, "/reminders/rules", Right.REMINDERS, rules),
    Page(POST, "/reminders/rules/{rule}", Right.REMINDERS, change),
)
