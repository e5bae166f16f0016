"""Title, number, issuer, date, recipients and attachments of a document, from the lines that hold them. Pure."""

import re
from dataclasses import dataclass

from knowledge.documents import labels
from knowledge.documents.model import Paragraph
from knowledge.documents.numerals import document_number, half_width, is_date, iso_date, squeeze
from knowledge.documents.segments import Lines, Segments, attachment_list, is_organisation, undated

_KIND = (
    "通知|办法|意见|方案|规定|细则|条例|规则|纪要|规程|制度|规范|指南|决定|决议|通报|公告|通告|批复|函|报告|计划|要点|章程|守则|公约|准则|措施|清单|流程"
    "|标准|规划|举措|说明|解答|问答|手册|令|安排|通则|预案|机制|职责|程序|名单|目录|表|总结|指引|须知|承诺书|责任书|倡议书|工作法|十条|要求|政策|倡议|建议|请示|汇报|答复|纲要|大纲|细目"
)
_VERSION = r"(?:[（(〔\[](?:试行|暂行|修订|修正|草案|征求意见稿|讨论稿|送审稿|\d{4}年)[^）)〕\]]{0,12}[）)〕\]])"
_ENDS = re.compile(rf"(?:{_KIND})》?{_VERSION}*》?$")
_SKIP = re.compile(
    r"^(?:[（(]?(?:机密|秘密|绝密|内部)[★☆]?.{0,6}|特急|加急|急件|平急|\d{3,6}|签发人.*|附[件录表][一二三四五六七八九十\d]*[:：]?|目录|-{3,}|索引号.*|"
    r"(?:发布|发文)(?:机构|单位|机关|日期|时间).*|成文日期.*|生成日期.*|主题分类.*|信息分类.*|有效性.*|第\d+期|[（(]总第?\d+期[）)])$"
)
_DATED = re.compile("^[（(].*日|^(?:成文|发文|发布|印发)(?:日期|时间)")
_PRINTED = re.compile(r"([^\s，,。；《》]{4,30}?)(?:日前|近日)?印发了?《")
_PREFIX = re.compile(
    r"^(.{2,28}?(?:大学|学院|学校|[省市县区局厅委部院]|公司|集团|中心|办公室|委员会|政府))(?:关于|转发|印发)"
)
_NOTICE = re.compile(r"(?:印发|转发|发布|公布|颁布|下发)[^《]{0,30}《(.+)》")


@dataclass(frozen=True)
class Head:
    """What a document says about itself. `body_from`: index of the first line after title and recipients."""

    title: str
    document_number: str | None
    issuer: str | None
    issued_on: str | None
    recipients: tuple[str, ...]
    attachments: tuple[str, ...]
    body_from: int
    date_from: str  # signature | head | imprint, or empty


def read(segments: Segments, contents: Lines = ()) -> Head:
    """Everything that can be known from the letter, the body's first lines and the last lines.

    contents: title page and table of contents, where there is one.
    """
    opening = _opening(segments.body)
    front = (*contents, *segments.letter, *opening)
    title, after = find_title(opening)
    letter_title, letter_after = find_title(segments.letter)
    title = title or find_title(contents)[0] or _printed_title(letter_title, front) or letter_title
    addressed = segments.letter or opening
    names, after_names = _recipients(addressed, letter_after if segments.letter else after)
    signed = (*segments.letter, *segments.tail) if segments.letter else segments.tail
    issued_on, date_from = _issued(signed, (*contents, *opening), segments)
    return Head(
        title=title,
        document_number=next((number for line in front[:40] if (number := _own_number(line.text))), None),
        issuer=_signature(signed)
        or _letterhead(front)
        or _beside_date(opening)
        or _named_issuer(front, letter_title or title),
        issued_on=issued_on,
        recipients=names,
        attachments=_attachment_names(segments),
        body_from=_body_from(opening, max(after, after_names if not segments.letter else 0)),
        date_from=date_from,
    )


def _body_from(lines: Lines, start: int) -> int:
    """Past the number, the date and the bracketed note (某年某月某日通过) that follow a title."""
    while start < len(lines) and (_skipped(lines[start]) or _DATED.match(squeeze(lines[start].text))):
        start += 1
    return start


def find_title(lines: Lines) -> tuple[str, int]:
    """The title, over as many lines as it takes, and the index after it; an empty one when there is none."""
    start = 0
    first: tuple[str, int] | None = None  # a short first line without a stop is a title whatever its last word
    while start < len(lines) and start < 40:
        if not _skipped(lines[start]):
            found = _title_at(lines, start)
            if found[0]:
                return found
            if re.search("[。；]", lines[start].text):
                break
            if first is None:
                plain = clean(lines[start].text)
                named = 4 <= len(plain) <= 60 and not lines[start].table and not re.search("[。；：:，,]$", plain)
                first = (_wide(plain), start + 1) if named else ("", 0)
        start += 1
    return first or ("", 0)


def clean(text: str) -> str:
    """A line without Markdown and without the spaces Chinese text does not have."""
    plain = re.sub(r"^[#>*\s]+|[*\s]+$", "", text)
    plain = re.sub(r"\s+", " ", plain)
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", plain)


def _opening(lines: Lines) -> Lines:
    end = next((i for i, line in enumerate(lines) if not line.table and labels.read(line.text)), min(len(lines), 40))
    return lines[:end]


def _skipped(line: Paragraph) -> bool:
    plain = squeeze(half_width(line.text)).strip("#*")
    own = document_number(line.text)
    numbered = own is not None and len(plain) - len(own) <= 15 and not _ENDS.search(plain)
    return bool(numbered or _SKIP.match(plain) or is_date(plain) or _is_letterhead(plain) or not plain)


def _is_letterhead(plain: str) -> bool:
    return (
        len(plain) <= 40
        and (plain.endswith("文件") or plain in ("会议纪要", "专题会议纪要", "党委会议纪要"))
        and "《" not in plain
    )


def _title_at(lines: Lines, start: int) -> tuple[str, int]:
    text = ""
    for index in range(start, min(start + 5, len(lines))):
        piece = clean(lines[index].text)
        if index > start and _skipped(lines[index]):
            break
        if re.search(r"[。；：:，,]$", piece) or lines[index].table or len(text) + len(piece) > 120:
            break
        text += piece
        following = clean(lines[index + 1].text) if index + 1 < len(lines) else ""
        if _complete(text) and not following.startswith(("的", "》")):
            end = index + 1
            if re.fullmatch(_VERSION, following):
                text, end = text + following, end + 1
            return _wide(text), end
    return "", start


def _complete(text: str) -> bool:
    return bool(_ENDS.search(text)) and text.count("《") <= text.count("》") and len(text) >= 4


def _wide(title: str) -> str:
    return title.replace("(", "（").replace(")", "）")


def _printed_title(letter_title: str, front: Lines) -> str:
    """The title of what a notice prints: 《…》 in its own title, or in the first sentences (印发了《…》,全文如下)."""
    for text in (letter_title, *(clean(line.text) for line in front[:6])):
        if found := _NOTICE.search(text):
            inner = found[1]
            depth = 0
            for index, char in enumerate(inner):
                depth += {"《": 1, "》": -1}.get(char, 0)
                if depth < 0:
                    inner = inner[:index]
                    break
            return _wide(inner)
    return ""


def _own_number(text: str) -> str | None:
    """The line's number when the line is there for it, not a reference within a sentence."""
    found = document_number(text)
    rest = len(squeeze(text)) - len(found or "")
    return found if found and rest <= 15 and not re.search("[。；：，]$", text.strip()) and "根据" not in text else None


def _recipients(lines: Lines, start: int) -> tuple[tuple[str, ...], int]:
    for index in range(start, min(start + 6, len(lines))):
        plain = squeeze(lines[index].text).strip("*#")
        if "。" in plain or labels.read(lines[index].text):
            break
        if re.search("(?<!如下|通知|附件)[：:]$", plain) and len(plain) <= 300:
            marks = "[，,；;]" if re.search("[，,；;]", plain) else "、"
            names = tuple(name for name in re.split(marks, plain[:-1]) if name)
            return names, index + 1
    return (), start


def _issued(signed: Lines, opening: Lines, segments: Segments) -> tuple[str | None, str]:
    for line in reversed(signed):
        plain = squeeze(line.text)
        dated = is_date(plain) or (len(plain) <= 60 and plain.endswith(("日", ")", "）")))
        if dated and (found := iso_date(plain)):
            return found, "signature"
    for line in opening:
        plain = squeeze(line.text)
        if (is_date(plain) or _DATED.match(plain) or _beside_date((line,))) and (found := iso_date(plain)):
            return found, "head"
    for line in (*segments.tail, *segments.imprint):
        if squeeze(line.text).endswith("印发") and (found := iso_date(line.text)):
            return found, "imprint"
    return None, ""


def _signature(lines: Lines) -> str | None:
    """The bodies named above (or beside) the last date."""
    dates = [index for index, line in enumerate(lines) if is_date(line.text)]
    names: list[str] = []
    index = (dates[-1] if dates else len(lines)) - 1
    while index >= 0:
        pieces = [squeeze(piece) for piece in re.split(r"\s{2,}", lines[index].text.strip())]
        if not pieces or not all(is_organisation(piece) for piece in pieces):
            break
        names[:0] = pieces
        index -= 1
    if names:
        return "、".join(names)
    return _beside_date(lines)


def _beside_date(lines: Lines) -> str | None:
    """The body named on the line of a date: at the end of a letter, or below the title of minutes."""
    for line in lines:
        plain = undated(squeeze(line.text))
        if plain != squeeze(line.text) and is_organisation(plain):
            return plain
    return None


def _letterhead(front: Lines) -> str | None:
    for line in front[:8]:
        plain = squeeze(line.text).strip("#*")
        if _is_letterhead(plain) and plain.endswith("文件") and len(plain) > 4:
            return plain.removesuffix("文件")
    return None


def _named_issuer(front: Lines, title: str) -> str | None:
    for line in front[:3]:
        if found := _PRINTED.search(clean(line.text)):
            return found[1]
    found = _PREFIX.match(title)
    return found[1] if found else None


def _attachment_names(segments: Segments) -> tuple[str, ...]:
    """From the list below the text, broken lines joined; else from the attachments' own titles."""
    for lines in (segments.letter, segments.tail):
        if where := attachment_list(lines):
            names: list[str] = []
            for line in lines[where[0] : where[1]]:
                text = re.sub(r"^附[件表录]?\s*\d{0,2}\s*[:：]", "", clean(line.text)).strip()
                label = labels.read(text)
                if label or not names:
                    names.append(text[label.length :] if label else text)
                else:
                    names[-1] += text
            return tuple(name.rstrip("；;。 ") for name in names if name)
    return tuple(title for attachment in segments.attachments if (title := find_title(attachment.lines[1:])[0]))
