"""A document's paragraphs to its letter, body, signature, attachments and imprint. Pure.

A notice that merely prints or forwards rules (关于印发《…》的通知) is a wrapper: its letter belongs to the preamble and
the rules are the body. A notice with numbered clauses of its own is the body, and what is attached stays attached.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from knowledge.documents import labels
from knowledge.documents.model import Paragraph
from knowledge.documents.numerals import half_width, is_date, iso_date, squeeze, value

Lines = tuple[Paragraph, ...]

_ALONE = re.compile(r"^[#*\s]*(附[件录表])([一二三四五六七八九十]{1,3}|\d{1,2}|[A-Z])?[:：]?[*\s]*$")
_TITLED = re.compile(r"^[#*\s]*(附[件录表])([一二三四五六七八九十]{1,3}|\d{1,2}|[A-Z])?[:：](.+)$")
_LIST = re.compile(r"^附(?:件|表|录)?\d{0,2}[:：]")
_WRAPS = re.compile(r"印发|转发|发布|公布|颁布|下发|批转")
_IMPRINT = re.compile(
    r"^[（(*#]*(?:抄[送报发]|主送[:：]|[分发报]送|印发|公开(?:属性|方式|类别|范围|选项)|信息公开|发[:：]|主题词|关键词|校对|拟稿|录入|打字|共印"
    r"|联系(?:人|电话|方式)|此件|此文|出席|列席|缺席|请假|记录人?[:：]|主持人?[:：]|责任编辑|来源[:：]|附注[:：])"
)
_FORMULA = re.compile(r"^(?:特此(?:通知|公告|通告|函达|批复|报告|函复|决定|通报)|此复|此令|专此[^，。]{0,6})[。.]?$")
_ORGANISATION = re.compile(
    r"(?:委员会|办公室|党委|党组|总支|支部|学院|大学|学校|中学|小学|医院|银行|政府|中心|公司|集团|工会|协会|学会|[局厅部院处委会室科站所馆团社厂队组署台])"
    r"(?:[（(][^）)]{1,12}[）)])?$"
)
_LONGEST_SIGN = 60


@dataclass(frozen=True)
class Attachment:
    """An attached text. id: 附件, or 附件二 when there are several; lines: its heading first."""

    id: str
    lines: Lines


@dataclass(frozen=True)
class Segments:
    """The document cut up, in order: letter (only of a wrapper), body, tail, attachments, imprint."""

    letter: Lines
    body: Lines
    tail: Lines
    attachments: tuple[Attachment, ...]
    imprint: Lines


def split(lines: Lines) -> Segments:
    """Cut a document up; the parts in order are all of it."""
    starts = attachment_starts(lines)
    main, attached = lines[: starts[0]] if starts else lines, _attached(lines, starts)
    imprint: Lines = ()
    if attached:
        rest, imprint = _imprint_of(attached[-1].lines)
        attached[-1] = Attachment(attached[-1].id, rest)
    letter, body = _wrapped(main)
    if attached and not letter and _wraps(main) and _labelled(attached[0].lines):
        letter, body = main, attached.pop(0).lines
        if not attached:
            body, imprint = (*body, *imprint), ()
    body, tail = cut_tail(body)
    return Segments(letter, body, tail, tuple(attached), imprint)


def attachment_starts(lines: Lines) -> list[int]:
    """Where attached texts begin: 附件 on a line of its own, or 附件1：title after the signature."""
    starts: list[int] = []
    dated = False
    for index, line in enumerate(lines):
        plain = squeeze(half_width(line.text))
        if is_date(plain):
            dated = True
        if line.table or index == len(lines) - 1 or not any(_solid(before) for before in lines[:index]):
            continue
        if (_ALONE.match(plain) and not _opens_list(lines, index)) or (_TITLED.match(plain) and (dated or starts)):
            starts.append(index)
    return starts


def attachment_list(lines: Lines) -> tuple[int, int] | None:
    """Where the list of attachments stands (附件：1.… 2.…): first and past-last index; None without one."""
    for index, line in enumerate(lines):
        plain = squeeze(half_width(line.text))
        if line.table or not _LIST.match(plain) or (_TITLED.match(plain) is None and not _opens_list(lines, index)):
            continue
        end = index + 1
        while end < len(lines) and _continues_list(lines, end):
            end += 1
        return index, end
    return None


def cut_tail(lines: Lines) -> tuple[Lines, Lines]:
    """The body, and what closes it: list of attachments, formula, signature, date, imprint."""
    end = len(lines)
    dated = False
    while end > 0:
        line = lines[end - 1]
        signed = _signs(line) and (dated or end == len(lines))
        if line.table or not (closes(line.text) or signed):
            break
        dated = dated or _has_date(line.text)
        end -= 1
    found = attachment_list(lines[:end])
    if found and found[1] == end and found[0] > 0:
        end = found[0]
    while end > 0 and _FORMULA.match(squeeze(lines[end - 1].text)):
        end -= 1
    return lines[:end], lines[end:]


def closes(text: str) -> bool:
    """Whether a line can only stand below a text: a date, 抄送, 特此通知 …"""
    plain = squeeze(half_width(text))
    printed = len(plain) <= _LONGEST_SIGN and plain.endswith("印发") and iso_date(plain) is not None
    signed = len(plain) <= _LONGEST_SIGN and _has_date(text) and is_organisation(undated(plain))
    return bool(is_date(plain) or printed or signed or _IMPRINT.match(plain) or _FORMULA.match(plain))


def is_organisation(text: str) -> bool:
    """Whether the line is the name of a body and nothing else."""
    plain = squeeze(half_width(text)).strip("()[]*#")
    return 2 < len(plain) <= 40 and not re.search("[。；，：、？]", plain) and bool(_ORGANISATION.search(plain))


def undated(plain: str) -> str:
    """What stands before a date at the end of a line."""
    return re.sub(r"[12〇一二][^年]{3}年.*$", "", plain)


def _signs(line: Paragraph) -> bool:
    bodies = re.split(r"\s{2,}", line.text.strip())
    return labels.read(line.text) is None and all(is_organisation(body) for body in bodies)


def _has_date(text: str) -> bool:
    plain = squeeze(half_width(text))
    return iso_date(plain) is not None and (is_date(plain) or bool(re.search(r"日(?:印发)?[)*]?$", plain)))


def _solid(line: Paragraph) -> bool:
    return len(squeeze(line.text)) > 4


def _opens_list(lines: Lines, index: int) -> bool:
    """附件： alone counts as the head of a list when numbered names and then a date or the end follow."""
    if index + 1 >= len(lines) or not re.match("^附件[:：]$", squeeze(lines[index].text)):
        return False
    label = labels.read(lines[index + 1].text)
    if label is None or label.number != 1 or len(squeeze(lines[index + 1].text)) > _LONGEST_SIGN:
        return False
    end = index + 1
    while end < len(lines) and _continues_list(lines, end):
        end += 1
    if end == len(lines) or closes(lines[end].text) or _signs(lines[end]):
        return True
    return bool(_ALONE.match(squeeze(lines[end].text)))


def _continues_list(lines: Lines, index: int) -> bool:
    line = lines[index]
    plain = squeeze(half_width(line.text))
    if line.table or closes(line.text) or _ALONE.match(plain):
        return False
    if len(plain) > _LONGEST_SIGN or plain.endswith(("。", "；")):
        return False
    if _LIST.match(plain):
        return True
    label = labels.read(line.text)
    if label is not None:
        return label.style in (labels.DIGIT, labels.DIGIT_PAREN)
    return not (_signs(line) and any(closes(after.text) for after in lines[index + 1 : index + 5]))


def _attached(lines: Lines, starts: list[int]) -> list[Attachment]:
    found = []
    for order, (start, end) in enumerate(pairwise([*starts, len(lines)]), start=1):
        plain = squeeze(half_width(lines[start].text))
        head = _ALONE.match(plain) or _TITLED.match(plain)
        assert head is not None
        name = head[1] + (_ordinal(head[2], order) if len(starts) > 1 else "")
        found.append(Attachment(name, lines[start:end]))
    return found


def _ordinal(written: str | None, order: int) -> str:
    """附件2 and the second unnumbered one are both 附件二; letters stay."""
    if written and written.isalpha() and written.isascii():
        return written
    number = value(written) if written else order
    ones = "一二三四五六七八九"
    tens = ("" if number < 20 else ones[number // 10 - 1]) + "十" if number >= 10 else ""
    return tens + (ones[number % 10 - 1] if number % 10 else "")


def _imprint_of(lines: Lines) -> tuple[Lines, Lines]:
    """The printer's lines below the last attachment. Its own signature and forms (联系人：) stay with it."""
    end = len(lines)
    for index in range(max(0, len(lines) - 8), len(lines)):
        if re.match(r"^[*#]*抄[送报发]", squeeze(lines[index].text)):
            end = index
            break
        if index == len(lines) - 1 and squeeze(lines[index].text).endswith("印发") and _has_date(lines[index].text):
            end = index
    return lines[:end], lines[end:]


def _wrapped(lines: Lines) -> tuple[Lines, Lines]:
    """Rules printed below a letter's date without the word 附件: letter and rules; no letter when it is none."""
    for index, line in enumerate(lines):
        if is_date(line.text):
            end = index + 1
            while end < len(lines) and closes(lines[end].text):  # （此件公开发布）
                end += 1
            before, after = lines[:end], lines[end:]
            if _wraps(before) and _labelled(after) and not after[0].table and labels.read(after[0].text) is None:
                return before, after
    return (), lines


def _wraps(letter: Lines) -> bool:
    """Whether a letter only prints or forwards something: says so, and has no numbered clause of its own."""
    found = attachment_list(letter)
    own = [*letter[: found[0]], *letter[found[1] :]] if found else letter
    text = squeeze("".join(line.text for line in own))
    return bool(_WRAPS.search(text)) and not _labelled(tuple(own)) and bool(re.search("[。：:]", text))


def _labelled(lines: Lines) -> bool:
    return any(not line.table and labels.read(line.text) is not None for line in lines)
