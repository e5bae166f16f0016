"""message/send and message/recall (wecom-protocol 4.1–4.7, 9.2.6, 9.2.9)."""

import hashlib
import json
from dataclasses import dataclass, field

from sandbox import bodies, cards
from sandbox.board import Message
from sandbox.call import Answer, Call, Object, as_number, as_object, as_text, ok, own_agent
from sandbox.errors import WeComError
from sandbox.roster import Member
from sandbox.world import Limits, World

RECALL_SECONDS = 24 * 3600
KEPT_SENDS = 4000


@dataclass(slots=True)
class Targets:
    """Who is to get a message, and who cannot."""

    members: dict[str, Member] = field(default_factory=dict)
    invalid_users: list[str] = field(default_factory=list)
    invalid_parties: list[str] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)

    def add(self, people: list[Member]) -> None:
        """Add people once each; the unlicensed are set apart."""
        for member in people:
            if member.licensed:
                self.members[member.userid] = member
            elif member.userid not in self.unlicensed:
                self.unlicensed.append(member.userid)

    def answer(self) -> Object:
        """The lists of an answer, each joined by bars and absent when empty; invalid users in lower case."""
        lists = {
            "invaliduser": [userid.lower() for userid in self.invalid_users],
            "invalidparty": self.invalid_parties,
            "invalidtag": self.invalid_tags,
            "unlicenseduser": self.unlicensed,
        }
        return {name: "|".join(items) for name, items in lists.items() if items}


def split(value: object, most: int, errcode: int) -> list[str]:
    """The items of a bar-joined string; raises `errcode` for too many, 40035 for another type."""
    if value is None:
        return []
    if not isinstance(value, str):
        raise WeComError(40035)
    items = [item.strip() for item in value.split("|") if item.strip()]
    if len(items) > most:
        raise WeComError(errcode)
    return items


def resolve(world: World, body: Object) -> Targets:
    """Who is addressed; raises 82001 for nobody, 40032, 82002, 82003 for too many."""
    users = split(body.get("touser"), 1000, 40032)
    parties = split(body.get("toparty"), 100, 82002)
    tags = split(body.get("totag"), 100, 82003)
    targets = Targets()
    if users == ["@all"]:
        targets.add(world.directory.reachable())
        return targets
    if not users and not parties and not tags:
        raise WeComError(82001)
    for userid in users:
        member = world.directory.member(userid)
        if member and member.in_range:
            targets.add([member])
        else:
            targets.invalid_users.append(userid)
    add_groups(world, targets, parties, tags)
    return targets


def add_groups(world: World, targets: Targets, parties: list[str], tags: list[str]) -> None:
    """Resolve departments and tags through the app's range."""
    for items, find, invalid in (
        (parties, world.directory.party, targets.invalid_parties),
        (tags, world.directory.tagged, targets.invalid_tags),
    ):
        for item in items:
            people = find(int(item)) if item.isdecimal() else None
            if people is None:
                invalid.append(item)
            else:
                targets.add(people)


def send(call: Call) -> Answer:
    """POST message/send."""
    world, body = call.world, call.body
    if call.app.contact_sync:
        raise WeComError(48002)
    own_agent(call, body.get("agentid"))
    kind, checked = bodies.check(body, world.media)
    card = checked.body if kind == "template_card" else {}
    check_card(call, card)
    targets = resolve(world, body)
    if not targets.members:
        raise WeComError(81013)
    earlier = duplicate(world, call.app.agentid, body)
    if earlier:
        return ok(**targets.answer(), msgid=earlier)
    spend(world, len(targets.members))
    return post(call, kind, checked, targets)


def post(call: Call, kind: str, checked: bodies.Checked, targets: Targets) -> Answer:
    """Deliver a checked message; the answer with msgid, and a response_code for a card that calls back."""
    world, agentid = call.world, call.app.agentid
    if call.body.get("enable_id_trans") == 1:
        checked.body = as_object(bodies.translated(checked.body, world.directory))
    message = Message(world.board.new_msgid(), agentid, kind, checked.body, world.clock.now())
    message.truncated = checked.truncated
    deliver(call, message, targets)
    remember(world, agentid, call.body, message.msgid)
    answer = ok(**targets.answer(), msgid=message.msgid)
    if kind == "template_card" and cards.callback_capable(message.body):
        message.task_id = as_text(message.body.get("task_id"))
        world.board.tasks.add((agentid, message.task_id))
        answer["response_code"] = world.board.issue_code(message)
    return answer


def check_card(call: Call, card: Object) -> None:
    """A card that calls back needs a callback address (43012) and a task_id not used before (42014)."""
    if not card or not cards.callback_capable(card):
        return
    if not call.world.callback.url:
        raise WeComError(43012)
    if (call.app.agentid, as_text(card.get("task_id"))) in call.world.board.tasks:
        raise WeComError(42014, "task_id already used")


def deliver(call: Call, message: Message, targets: Targets) -> None:
    """Post to everyone who is below the per-member limits; the rest is dropped without a word."""
    world = call.world
    limits, now = world.limits, world.clock.now()
    people = () if call.silent else targets.members.values()
    reached = [member for member in people if admit(member, now, limits)]
    message.recipients = frozenset(member.userid.casefold() for member in reached)
    world.board.post(message, reached)


def admit(member: Member, now: float, limits: Limits) -> bool:
    """Whether the member may get one more message now; counts it if so (4.5)."""
    sent = member.sent
    for limit, window in ((limits.per_minute, 60), (limits.per_hour, 3600)):
        if len(sent) >= limit and (limit == 0 or sent[-limit] > now - window):
            return False
    sent.append(now)
    if len(sent) > KEPT_SENDS:
        del sent[: -KEPT_SENDS // 2]
    return True


def spend(world: World, people: int) -> None:
    """Count person-sends against the day's quota; raises 45009."""
    usage, today = world.usage, world.clock.day()
    if usage.day != today:
        usage.day, usage.person_sends = today, 0
    if usage.person_sends + people > world.daily_quota:
        raise WeComError(45009)
    usage.person_sends += people


def fingerprint(agentid: int, body: Object) -> str:
    """The canonical content of a request, whatever its key order."""
    content = {key: value for key, value in body.items() if not key.startswith(("enable_dup", "duplicate_"))}
    return hashlib.sha256(json.dumps([agentid, content], sort_keys=True).encode()).hexdigest()


def interval(body: Object) -> int:
    """The duplicate check's interval in seconds: 1,800 unless told, at most four hours."""
    value = body.get("duplicate_check_interval")
    return min(as_number(value), 4 * 3600) if value is not None else 1800


def duplicate(world: World, agentid: int, body: Object) -> str:
    """The msgid of an identical request within the interval when the check is on, else empty."""
    if body.get("enable_duplicate_check") != 1:
        return ""
    at, msgid = world.usage.duplicates.get(fingerprint(agentid, body), (float("-inf"), ""))
    return msgid if world.clock.now() - at < interval(body) else ""


def remember(world: World, agentid: int, body: Object, msgid: str) -> None:
    """Note a sent request for later duplicate checks; forgets what is older than four hours."""
    known, now = world.usage.duplicates, world.clock.now()
    key = fingerprint(agentid, body)
    known.pop(key, None)
    known[key] = now, msgid
    while known and next(iter(known.values()))[0] < now - 4 * 3600:
        del known[next(iter(known))]


def recall(call: Call) -> Answer:
    """POST message/recall: 40058 for a foreign or unknown msgid, 42052 after 24 hours."""
    message = call.world.board.messages.get(as_text(call.body.get("msgid")))
    if message is None or message.agentid != call.app.agentid:
        raise WeComError(40058)
    if call.world.clock.now() - message.at >= RECALL_SECONDS:
        raise WeComError(42052, "msgid is too old to recall")
    message.recalled = True
    call.world.board.changed(message)
    return ok()
