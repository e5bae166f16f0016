"""Life events that a cadre mentions: which there are, how they are called. Pure. Reasons are nobody's business."""

import re
from enum import StrEnum


class Event(StrEnum):
    """What may have happened; the same words name the reminder that it leads to."""

    MARRIAGE = "marriage"
    BIRTH = "birth"
    HOSPITAL = "hospital"
    BEREAVEMENT = "bereavement"
    HARDSHIP = "hardship"


LABEL = {
    Event.MARRIAGE: "结婚", Event.BIRTH: "生育", Event.HOSPITAL: "住院", Event.BEREAVEMENT: "家人去世",
    Event.HARDSHIP: "家庭困难",
}  # fmt: skip
KIN = (
    "父亲|母亲|爸爸?|妈妈?|老人|老爷子|老太太|爷爷|奶奶|外公|外婆|姥姥|姥爷|公公|婆婆|岳父|岳母|丈母娘|老丈人|爱人|妻子|媳妇|老婆|"
    "丈夫|老公|对象|儿子|女儿|孩子|娃|小孩|哥哥?|姐姐?|弟弟?|妹妹?|家人|家里人|亲人|父母|老伴|家属"
)
_KIN = re.compile(KIN)
_WORDS = {
    Event.MARRIAGE: re.compile(
        r"结婚|婚礼|婚宴|新郎|新娘|出嫁|领证|领了?结婚证|办婚礼|婚礼|办喜事|成家了|大婚|新婚|办酒席|扯证|登记结婚|娶媳妇|出嫁|成亲|完婚"
    ),
    Event.BIRTH: re.compile(
        r"生了|产房|难产|早产|满月|生孩子|生娃|生小孩|分娩|生产了|刚生|当爸|当妈|当爹|添了?个?(?:丁|娃|千金|儿子|女儿|小子|闺女)|"
        r"喜得|宝宝出生|孩子出生|出生了|得了个(?:儿子|女儿|大胖小子|闺女)|坐月子|生育|二胎|三胎|剖腹产|顺产|剖宫产"
    ),
    Event.BEREAVEMENT: re.compile(
        r"去世|过世|走了|没了|离世|病逝|辞世|不在了|办丧事|丧事|出殡|奔丧|治丧|料理后事|办后事|后事|过身|老了人|"
        r"永远离开|白事|守灵"
    ),
    Event.HOSPITAL: re.compile(
        r"住院|住进医院|在[^，。]{0,6}医院|骨折|做手术|动手术|开刀|进医院|病房|重症监护|"
        r"ICU|icu|手术|病床|抢救|化疗"
    ),
    Event.HARDSHIP: re.compile(
        r"困难|病危|出了?大?事|难处|很?紧巴|没了工作|丢了工作|揭不开锅|借钱|欠(?:了|着)?(?:债|钱)|没钱|着火|火灾|失火|烧了|洪水|淹了|塌了|地震|遭灾|受灾|失业|下岗|"
        r"大病|重病|绝症|瘫痪|残疾|负担(?:太|很)?重|撑不住|过不下去|入不敷出|紧巴|变故|出事|车祸|照顾不过来|拉扯|困境"
    ),
}
_ILL = re.compile(r"病|医院|手术|癌|瘤|骨折|中风|脑梗|心梗")
_OTHERS = re.compile(r"(?:同事|同学|朋友|邻居|他|她|他们|别人|某人|领导|下属|隔壁|部下)(?:的|家|们)?")
_LOST = ("走了", "没了", "不在了")


def events_in(text: str) -> list[Event]:
    """What the words tell of the speaker or the family, each once, in the order of `Event`.

    A relative in hospital is a worry of the family, not a stay of the cadre's own: it counts as hardship.
    """
    found = [event for event in Event if _WORDS[event].search(text) and _holds(event, text)]
    if Event.HOSPITAL in found and not own_stay(text):
        found.remove(Event.HOSPITAL)
        if Event.BIRTH not in found and Event.HARDSHIP not in found:
            found.append(Event.HARDSHIP)
    if Event.BEREAVEMENT in found and Event.HARDSHIP in found and "困难" not in text:
        found.remove(Event.HARDSHIP)
    return found


def _holds(event: Event, text: str) -> bool:
    """走了 and 没了 speak of a death only beside a relative."""
    if event is Event.BEREAVEMENT and not re.search(r"去世|过世|离世|病逝|辞世|丧|后事|出殡|过身|白事|守灵", text):
        return bool(_KIN.search(text))
    return True


def own_stay(text: str) -> bool:
    """Whether it is the cadre who is in hospital: no relative stands before the words."""
    stay = _WORDS[Event.HOSPITAL].search(text)
    before = text[: stay.start()] if stay else text
    clause = re.split(r"[，,。；;！!？?\s]", before)[-1]
    return not _KIN.search(clause)


def of_others(text: str) -> bool:
    """Whether the words speak of a colleague: nobody's private matters are told for them."""
    return bool(_OTHERS.match(text.strip("，。 "))) and not re.match(r"^(?:我|俺|咱)", text.strip())
