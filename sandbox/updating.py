"""message/update_template_card and what a card looks like afterwards (wecom-protocol 4.8, 9.2.8)."""

from typing import TypeVar

from sandbox import bodies, cards
from sandbox.board import CardState, Message, ResponseCode
from sandbox.call import Answer, Call, Object, as_numbers, as_object, as_strings, as_text, ok, own_agent
from sandbox.errors import WeComError
from sandbox.roster import Member

Item = TypeVar("Item")


def update(call: Call) -> Answer:
    """POST message/update_template_card: arrays in, `invaliduser` as an array out."""
    board, body = call.world.board, call.body
    own_agent(call, body.get("agentid"))
    code = board.code(as_text(body.get("response_code")))
    if code is None:
        raise WeComError(60140)
    if code.message.agentid != call.app.agentid:
        raise WeComError(42015, "the card belongs to another app")
    change = change_of(call, code.message)
    members, invalid = targets(call, code.message)
    code.used = True
    apply(code, members, change)
    board.changed(code.message)
    return ok(invaliduser=[userid.lower() for userid in invalid])


def change_of(call: Call, message: Message) -> CardState:
    """The wanted look: form A greys the button, form B replaces the card; raises 420xx and 40035."""
    button = as_object(call.body.get("button"))
    if button:
        if message.body.get("card_type") not in cards.INTERACTIVE:
            raise WeComError(42031, "this card has no button to update")
        return greyed(as_text(button.get("replace_name")))
    card = as_object(call.body.get("template_card"))
    if not card:
        raise WeComError(40063)
    cards.check(card, task_required=False)
    if call.body.get("enable_id_trans") == 1:
        card = as_object(bodies.translated(card, call.world.directory))
    return replaced(card)


def greyed(text: str) -> CardState:
    """A card whose button shows `text` and cannot be pressed; raises 42038 without text."""
    if not text:
        raise WeComError(42038, "replace_name missing")
    return CardState(disabled=True, replace_text=text)


def replaced(card: Object) -> CardState:
    """Another card in the place of the first, greyed when it has replace_text."""
    text = as_text(card.get("replace_text"))
    return CardState(card=card, disabled=bool(text), replace_text=text)


def targets(call: Call, message: Message) -> tuple[list[Member], list[str]]:
    """Who gets the update, and the ids that cannot: 82101 for nobody named, 82102 when none was a recipient."""
    body, directory = call.body, call.world.directory
    userids = limited(as_strings(body.get("userids")), 1000, 40032)
    parties = limited(as_numbers(body.get("partyids")), 100, 82002)
    tags = limited(as_numbers(body.get("tagids")), 100, 82003)
    if body.get("atall") == 1:
        userids, parties, tags = list(message.recipients), [], []
    if not userids and not parties and not tags:
        raise WeComError(82101)
    people = [member for party in parties for member in directory.party(party) or []]
    people += [member for tag in tags for member in directory.tagged(tag) or []]
    found = {member.userid: member for member in people if member.userid.casefold() in message.recipients}
    invalid = []
    for userid in userids:
        member = directory.member(userid)
        if member and userid.casefold() in message.recipients:
            found[member.userid] = member
        else:
            invalid.append(userid)
    if not found:
        raise WeComError(82102)
    return list(found.values()), invalid


def limited(items: list[Item], most: int, errcode: int) -> list[Item]:
    """`items`, unless there are too many."""
    if len(items) > most:
        raise WeComError(errcode)
    return items


def apply(code: ResponseCode, members: list[Member], change: CardState) -> None:
    """Give the members' cards their new look; a pressed button stays known."""
    for member in members:
        state = code.message.state(member.userid)
        state.card = change.card or state.card
        state.disabled, state.replace_text = change.disabled, change.replace_text
        if change.card:
            state.pressed = ""
