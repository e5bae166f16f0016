"""Where a request goes: the leading body where the document names one, else the organisation's own setting. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.cases.rules import Type
from core.errors import Refused
from core.people.orgs import Org
from core.policies.rules import Policy

OFFICES = ("discipline", "organization")
HANDLER_ROLE = {"discipline": "handler_discipline", "organization": "handler_organization"}
_DEFAULT = "organization"
_ABOUT = {Type.TOLERANCE: "容错", Type.CLARIFICATION: "澄清"}
_NAMES = (("纪", "discipline"), ("组织部", "organization"), ("组织人事", "organization"), ("人事处", "organization"))


@dataclass(frozen=True)
class Route:
    """`office`: discipline | organization. `clause`: (policy, clause) only where the document names who leads."""

    office: str
    name: str
    phone: str
    clause: tuple[str, str] | None = None

    def said(self) -> str:
        """What the cadre is told; never more than that it was handed over."""
        return f"已送交{self.name}。"


def route(org: Org, case_type: Type, policies: Mapping[str, Policy]) -> Route:
    """Where a new request of this kind goes. Raises Refused when the organisation has named no office."""
    own = policies.get(org.policies[0]) if org.policies else None
    named = _leading(own, case_type) if own else None
    office, clause = named if named else (_setting(org, case_type), None)
    contact = org.contact(office)
    if contact is None:
        raise Refused("本单位还没有设置受理部门，暂时不能提交；已填写的内容仍然保留。")
    return Route(office, contact.office, contact.phone, clause)


def _leading(policy: Policy, case_type: Type) -> tuple[str, tuple[str, str]] | None:
    """The office of the body that the document says leads, with the clause; procedure before anything else."""
    about = _ABOUT.get(case_type)
    if about is None:
        return None
    found: list[tuple[bool, str, str]] = []
    for clause in policy.clauses:
        for fact in clause.facts:
            if fact.get("kind") == "bodies" and about in str(fact.get("about", "")):
                office = next((office for name in fact.get("lead", ()) if (office := _office(str(name)))), None)
                if office:
                    found.append(("程序" in str(fact["about"]), office, clause.id))
    if not found:
        return None
    _, office, clause_id = max(found, key=lambda item: item[0])
    return office, (policy.id, clause_id)


def _office(body: str) -> str | None:
    return next((office for part, office in _NAMES if part in body), None)


def _setting(org: Org, case_type: Type) -> str:
    """`settings.routing` of the profile: one office for all, or one for each kind."""
    given = org.settings.get("routing", _DEFAULT)
    office = str(given.get(case_type.value, _DEFAULT)) if isinstance(given, Mapping) else str(given)
    return office if office in OFFICES else _DEFAULT


def protects(policy: Policy) -> list[tuple[str, str, tuple[str, ...]]]:
    """What this document says is not affected after an exemption: (clause, about with its qualifier, items)."""
    found = []
    for clause in policy.clauses:
        for fact in clause.facts:
            if fact.get("kind") == "protected":
                about = "，".join(str(fact[name]) for name in ("about", "qualifier") if fact.get(name))
                found.append((clause.id, about, tuple(str(item) for item in fact["items"])))
    return found
