"""Checks the object of each msgtype and cuts it to what a member gets (wecom-protocol 4.2, 4.6)."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox import cards
from sandbox.call import Object, as_object, as_objects, as_text
from sandbox.directory import Directory
from sandbox.errors import WeComError
from sandbox.media import MediaStore

TEXT_BYTES = 2048
NO_SAFE = {"voice", "textcard", "news", "markdown", "miniprogram_notice", "template_card"}
TRANSLATED = {"content", "title", "description", "desc", "sub_title_text", "value", "digest"}
ID_TOKEN = re.compile(r"\$(userName|userAlias|userAliasOrName|departmentName)=([^$]{1,64})\$")


@dataclass(slots=True)
class Checked:
    """A checked body: what is shown, and whether anything was cut off."""

    body: Object
    media: MediaStore
    truncated: bool = False

    def cut_bytes(self, name: str, limit: int) -> None:
        """Cut the text `name` to `limit` bytes; half a character shows as a replacement sign."""
        content = as_text(self.body.get(name)).encode()
        if len(content) > limit:
            self.body[name] = content[:limit].decode(errors="replace")
            self.truncated = True

    def cut_characters(self, name: str, limit: int) -> None:
        """Cut the text `name` to `limit` characters."""
        content = as_text(self.body.get(name))
        if len(content) > limit:
            self.body[name] = content[:limit]
            self.truncated = True


def text(checked: Checked) -> None:
    """text: content must not be empty (44004); cut at 2,048 bytes."""
    if not as_text(checked.body.get("content")):
        raise WeComError(44004)
    checked.cut_bytes("content", TEXT_BYTES)


def of_media(kind: str) -> Callable[[Checked], None]:
    """image, voice, file: a known, unexpired media_id of that type (40007)."""

    def check(checked: Checked) -> None:
        checked.media.get(checked.body.get("media_id"), kind)

    return check


def video(checked: Checked) -> None:
    """video: medium as above, title and description cut."""
    checked.media.get(checked.body.get("media_id"), "video")
    checked.cut_bytes("title", 128)
    checked.cut_bytes("description", 512)


def check_url(value: object, required: bool = True) -> None:
    """An address with scheme of at most 2,048 bytes (45034, 40063)."""
    url = as_text(value)
    if not url and required:
        raise WeComError(40063)
    if url and (urlsplit(url).scheme not in ("http", "https") or len(url.encode()) > 2048):
        raise WeComError(45034)


def textcard(checked: Checked) -> None:
    """textcard: title (41016) and description required and cut by characters; url with scheme."""
    if not as_text(checked.body.get("title")):
        raise WeComError(41016, "title missing")
    if not as_text(checked.body.get("description")):
        raise WeComError(40063)
    check_url(checked.body.get("url"))
    checked.cut_characters("title", 128)
    checked.cut_characters("description", 512)
    checked.cut_characters("btntxt", 4)


def news(checked: Checked) -> None:
    """news: 1 to 8 articles (45008), each with title and url or mini-program page."""
    articles = as_objects(checked.body.get("articles"))
    if not 1 <= len(articles) <= 8:
        raise WeComError(45008)
    for article in articles:
        if not as_text(article.get("title")):
            raise WeComError(41016, "title missing")
        check_url(article.get("url"), required=not article.get("appid"))
        part = Checked(article, checked.media)
        part.cut_bytes("title", 128)
        part.cut_bytes("description", 512)
        checked.truncated |= part.truncated


def mpnews(checked: Checked) -> None:
    """mpnews: 1 to 8 articles with title, cover and content of at most 666 KB (45002)."""
    articles = as_objects(checked.body.get("articles"))
    if not 1 <= len(articles) <= 8:
        raise WeComError(45008)
    for article in articles:
        if not as_text(article.get("title")):
            raise WeComError(41016, "title missing")
        if not as_text(article.get("content")):
            raise WeComError(44004)
        checked.media.get(article.get("thumb_media_id"), "image")
        if len(as_text(article["content"]).encode()) > 666 * 1024:
            raise WeComError(45002)


def markdown(checked: Checked) -> None:
    """markdown: not empty; cut at 2,048 bytes (whether it is refused instead is not documented)."""
    text(checked)


def miniprogram(_: Checked) -> None:
    """miniprogram_notice: the app is bound to no mini-program (48002)."""
    raise WeComError(48002)


def template_card(checked: Checked) -> None:
    """template_card: see cards.py; attachments must be known media."""
    cards.check(checked.body)
    for item in as_objects(checked.body.get("horizontal_content_list")):
        if item.get("type") == 2:
            checked.media.get(item.get("media_id"))


CHECKS: dict[str, Callable[[Checked], None]] = {
    "text": text,
    "image": of_media("image"),
    "voice": of_media("voice"),
    "file": of_media("file"),
    "video": video,
    "textcard": textcard,
    "news": news,
    "mpnews": mpnews,
    "markdown": markdown,
    "miniprogram_notice": miniprogram,
    "template_card": template_card,
}


def check(body: Object, media: MediaStore) -> tuple[str, Checked]:
    """The msgtype and its checked object, on a copy; raises 40008 and the codes of each type."""
    kind = as_text(body.get("msgtype"))
    if kind not in CHECKS:
        raise WeComError(40008)
    if body.get("safe") in (1, 2) and (kind in NO_SAFE or (body["safe"] == 2 and kind != "mpnews")):
        raise WeComError(40074)
    checked = Checked(json.loads(json.dumps(as_object(body.get(kind)))), media)
    CHECKS[kind](checked)
    return kind, checked


def translated(value: object, directory: Directory, key: str = "") -> object:
    """Ids in the documented fields replaced by names; unknown ids stay as typed (4.6)."""
    if isinstance(value, dict):
        return {name: translated(item, directory, name) for name, item in value.items()}
    if isinstance(value, list):
        return [translated(item, directory, key) for item in value]
    if isinstance(value, str) and key in TRANSLATED:
        return ID_TOKEN.sub(lambda match: named(match, directory), value)
    return value


def named(match: re.Match[str], directory: Directory) -> str:
    """The name a token stands for, or the token itself."""
    if match[1] == "departmentName":
        department = directory.departments.get(int(match[2])) if match[2].isdecimal() else None
        return department.name if department else match[0]
    member = directory.member(match[2])
    return member.name if member else match[0]
