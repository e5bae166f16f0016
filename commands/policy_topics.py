"""`chengyao policy topics` and `policy diff`: proposals, their confirmation, two documents side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from commands.policies import Shelf, shelf
from core.errors import ImportFailed
from core.policies import service
from knowledge import catalogue, proposals
from knowledge.difference import rows

__all__ = ["accept", "assign", "difference", "lines", "listing", "shelf", "side_by_side"]
_STATES = {"only_left": "只有前者规定", "only_right": "只有后者规定", "same": "相同", "changed": "不同"}


def accept(found: Shelf, policy_id: str, above: float) -> None:
    """Confirm every proposal that is at least so sure. Raises NotFound."""
    chosen = proposals.accepted(proposals.proposals(found.policy(policy_id)), above)
    service.confirm(found.db, policy_id, chosen, "cli", found.clock.now())


def assign(found: Shelf, policy_id: str, raw: Sequence[str]) -> None:
    """Set the topics of clauses out of `第三条=leave.unused,talk.when`. Raises ImportFailed, NotFound."""
    known = catalogue.topics()
    chosen: dict[str, list[str]] = {}
    for item in raw:
        clause, mark, names = item.partition("=")
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        if not mark:
            raise ImportFailed(f"请写成 条款=话题：{item[:60]}")
        if unknown := [name for name in wanted if name not in known]:
            raise ImportFailed(f"没有这些话题：{'、'.join(unknown)}")
        chosen[clause.strip()] = wanted
    service.confirm(found.db, policy_id, chosen, "cli", found.clock.now())


def listing(found: Shelf, policy_id: str) -> list[dict[str, Any]]:
    """Every clause with its confirmed topics and the proposals. Raises NotFound."""
    policy = found.policy(policy_id)
    made = proposals.proposals(policy)
    return [
        {
            "clause": one.id,
            "heading": one.heading,
            "topics": list(policy.topics_of(one.id)),
            "proposed": [{"topic": item.topic, "confidence": item.confidence} for item in made.get(one.id, ())],
        }
        for one in policy.clauses
        if one.id in made or policy.topics_of(one.id)
    ]


def lines(listed: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The listing to read."""
    known = catalogue.topics()
    for one in listed:
        yield f"{one['clause']}  {one['heading'][:30]}"
        for name in one["topics"]:
            yield f"    已确认  {known[name].label if name in known else name}（{name}）"
        for item in one["proposed"]:
            if item["topic"] not in one["topics"]:
                yield f"    建议 {item['confidence']:.0%}  {known[item['topic']].label}（{item['topic']}）"


def difference(found: Shelf, left: str, right: str) -> list[dict[str, Any]]:
    """Two documents by topic. Raises NotFound."""
    return [asdict(row) for row in rows(found.policy(left), found.policy(right), catalogue.topics())]


def side_by_side(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The comparison to read."""
    for row in found:
        yield f"■ {row['label']}：{_STATES[row['state']]}"
        for mark, side in (("前", row["left"]), ("后", row["right"])):
            if side and (mark == "前" or row["state"] != "same"):
                yield f"  {mark} {side[0]}：{' '.join(side[1].split())}"
