"""What a member does on the phone, as callbacks (wecom-protocol 2.1, 2.2, 9.3.2)."""

import time
from collections.abc import Mapping

from sandbox import cards, menus, xmldoc
from sandbox.board import Entry, Message
from sandbox.call import Object, as_object, as_objects, as_text
from sandbox.engine import Delivery, Engine, Outgoing
from sandbox.media import AMR_FRAMES_PER_SECOND, AMR_SAMPLE, SAMPLES, Media
from sandbox.roster import Member

MEDIA_KINDS = ("image", "voice", "video", "file")


class ActionError(Exception):
    """A member cannot do that; the message says why."""


class Phone:
    """Turns taps into callbacks. Every method answers what became of the delivery."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world

    async def message(self, member: Member, kind: str, fields: Mapping[str, object], shown: Object) -> Delivery:
        """Send a message: it appears in the conversation at once, then goes to the app."""
        number = str(self.world.board.next_number())
        note = Message(number, None, kind, shown, self.world.clock.now(), delivery="sending")
        self.world.board.post(note, [member])
        tail = {"MsgId": int(number), "AgentID": self.world.app.agentid}
        document = {**self._head(member.userid, kind), **fields, **tail}
        result = await self._deliver(document, member.userid, None, number)
        note.delivery = "delivered" if result.delivered else "failed"
        self.world.board.changed(note)
        return result

    async def event(self, userid: str, event: str, fields: Mapping[str, object]) -> Delivery:
        """Send any event on behalf of a member, or of `sys`."""
        head = {**self._head(userid, "event"), "Event": event}
        return await self._deliver({**head, **fields, "AgentID": self.world.app.agentid}, userid, event, None)

    async def text(self, member: Member, content: str) -> Delivery:
        """A text message."""
        return await self.message(member, "text", {"Content": content}, {"content": content})

    async def media(self, member: Member, kind: str, name: str, content: bytes | None) -> Delivery:
        """A picture, voice, video or file; no content stands for a small sample."""
        if kind not in MEDIA_KINDS:
            raise ActionError(f"unknown media type {kind!r}")
        if content is None:
            name, content = SAMPLES[kind]
        media = self.world.media.put(kind, name, content)
        shown: Object = {"media_id": media.media_id}
        return await self.message(member, kind, self._media_fields(media), shown)

    def _media_fields(self, media: Media) -> dict[str, object]:
        fields: dict[str, object] = {"MediaId": media.media_id}
        if media.kind == "image":
            fields["PicUrl"] = f"{self.world.settings.base_url}/sandbox/media/{media.media_id}"
        elif media.kind == "voice":
            fields["Format"] = "amr"
        elif media.kind == "video":
            fields["ThumbMediaId"] = self.world.media.put("image", *SAMPLES["image"]).media_id
        else:
            fields["FileName"] = media.name
        return fields

    async def location(self, member: Member, place: Mapping[str, object]) -> Delivery:
        """A place: latitude, longitude, scale, label."""
        fields: dict[str, object] = {
            "Location_X": str(place.get("latitude", "31.8206")),
            "Location_Y": str(place.get("longitude", "117.2272")),
            "Scale": str(place.get("scale", 16)),
            "Label": str(place.get("label", "示例位置")),
            "AppType": "wxwork",
        }
        return await self.message(member, "location", fields, {"label": fields["Label"], **place})

    async def link(self, member: Member, link: Mapping[str, object]) -> Delivery:
        """A shared link: title, description, url, picurl."""
        parts = {name: str(link.get(name, "")) for name in ("title", "description", "url", "picurl")}
        names = {"Title": "title", "Description": "description", "Url": "url", "PicUrl": "picurl"}
        return await self.message(member, "link", {tag: parts[name] for tag, name in names.items()}, {**parts})

    async def enter(self, member: Member) -> Delivery | None:
        """Open the conversation; None when the app has the report switched off."""
        if not self.world.app.isreportenter:
            return None
        return await self.event(member.userid, "enter_agent", {"EventKey": ""})

    async def menu(self, member: Member, key: str) -> tuple[Delivery, str]:
        """Tap a menu button by key or address; the event, and the address it opens."""
        for leaf in menus.leaves(self.world.app.menu):
            if key and key in (leaf.get("key"), leaf.get("url"), leaf.get("pagepath")):
                kind = as_text(leaf.get("type"))
                fields = {"EventKey": key, **menu_details(kind)}
                return await self.event(member.userid, kind, fields), as_text(leaf.get("url"))
        raise ActionError(f"the menu has no button {key!r}")

    async def press(self, member: Member, msgid: str, key: str, selected: Mapping[str, list[str]]) -> Delivery:
        """Press a card's button or menu entry; it calls back with a fresh ResponseCode."""
        entry, card = self.card(member, msgid)
        message = entry.message
        state = message.states.get(member.userid.casefold())
        if state and state.disabled:
            raise ActionError("the button is greyed out")
        event = pressed_event(card, key)
        fields: dict[str, object] = {
            "EventKey": key,
            "TaskId": as_text(card.get("task_id")) or message.task_id,
            "CardType": as_text(card.get("card_type")),
            "ResponseCode": self.world.board.issue_code(message, member.userid),
        }
        if selected:
            items = [{"QuestionKey": question, "OptionIds": {"OptionId": ids}} for question, ids in selected.items()]
            fields["SelectedItems"] = {"SelectedItem": items}
        state = message.state(member.userid)
        state.pressed, state.selected = key, dict(selected)
        self.world.board.changed(message)
        return await self.event(member.userid, event, fields)

    def card(self, member: Member, msgid: str) -> tuple[Entry, Object]:
        """The card the member sees under that msgid or entry id."""
        entry = self.world.board.entry(member.userid, msgid)
        if entry is None or entry.message.kind != "template_card" or entry.message.recalled:
            raise ActionError("there is no such card")
        state = entry.message.states.get(member.userid.casefold())
        return entry, (state.card if state and state.card else entry.message.body)

    def _head(self, userid: str, kind: str) -> dict[str, object]:
        corp = self.world.settings.corp_id
        return {"ToUserName": corp, "FromUserName": userid, "CreateTime": int(time.time()), "MsgType": kind}

    async def _deliver(
        self, document: Mapping[str, object], userid: str, event: str | None, msgid: str | None
    ) -> Delivery:
        plaintext = xmldoc.document(document, self.world.callback.cdata)
        return await self.engine.deliver(Outgoing(plaintext, userid, event, msgid))


def pressed_event(card: Object, key: str) -> str:
    """The event behind a key of the card; raises ActionError for one that is not on it."""
    kind = card.get("card_type")
    if kind in cards.INTERACTIVE:
        buttons = [*as_objects(card.get("button_list")), as_object(card.get("submit_button"))]
        if key and any(button.get("key") == key and button.get("type", 0) != 1 for button in buttons):
            return "template_card_event"
    actions = as_objects(as_object(card.get("action_menu")).get("action_list"))
    if key and any(action.get("key") == key for action in actions):
        return "template_card_menu_event"
    raise ActionError(f"the card has no button {key!r}")


def menu_details(kind: str) -> dict[str, object]:
    """The further elements of a menu event of that type."""
    if kind.startswith("scancode"):
        return {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "sandbox"}}
    if kind.startswith("pic_"):
        picture = {"PicMd5Sum": "d41d8cd98f00b204e9800998ecf8427e"}
        return {"SendPicsInfo": {"Count": 1, "PicList": {"item": [picture]}}}
    if kind == "location_select":
        place = {"Location_X": "31.8206", "Location_Y": "117.2272", "Scale": "16", "Label": "示例位置", "Poiname": ""}
        return {"SendLocationInfo": place, "AppType": "wxwork"}
    return {}


def voice_seconds(size: int) -> int:
    """Roughly how long an AMR file of that many bytes plays."""
    frame = 13 if size == len(AMR_SAMPLE) else 32
    return max(1, round((size - 6) / frame / AMR_FRAMES_PER_SECOND))
