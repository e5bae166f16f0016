"""The words and patterns of dates: data for `core.cases.date_spans` and `core.cases.dates`."""

import re

_DIGITS = {"〇": 0, "零": 0, "两": 2, "元": 1} | {word: number for number, word in enumerate("一二三四五六七八九", 1)}
YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1, "后年": 2}
DAYS = {"大前天": -3, "前天": -2, "前日": -2, "昨": -1, "今": 0, "明": 1, "大后天": 3, "后天": 2}
# Half-days in minutes: morning 08:30-12:00, noon, afternoon 13:00-18:00, evening 18:00-21:00.
HALVES = {
    "早": (510, 720), "上午": (510, 720), "中午": (720, 780), "下午": (780, 1080), "午后": (780, 1080),
    "傍晚": (1080, 1260), "晚": (1080, 1260),
}  # fmt: skip
# A named part of a year: first month and day, last month (13, 14: in the next year) and day (0: its last), vague.
PARTS = {
    "上半年": (1, 1, 6, 0, False), "下半年": (7, 1, 12, 0, False), "初": (1, 1, 2, 0, True),
    "中": (6, 1, 7, 0, True), "底": (11, 1, 12, 0, True), "末": (11, 1, 12, 0, True),
    "春": (3, 1, 5, 0, True), "夏": (6, 1, 8, 0, True), "秋": (9, 1, 11, 0, True), "冬": (12, 1, 14, 0, True),
    "寒假": (1, 1, 2, 0, True), "暑假": (7, 1, 8, 0, True), "国庆": (10, 1, 10, 7, True), "十一": (10, 1, 10, 7, True),
    "五一": (5, 1, 5, 5, True), "劳动": (5, 1, 5, 5, True), "元旦": (1, 1, 1, 1, False), "三八": (3, 8, 3, 8, False),
    "开学": (9, 1, 9, 0, True), "春季开学": (2, 1, 3, 0, True), "秋季开学": (9, 1, 9, 0, True),
    "开春": (2, 1, 3, 0, True),
    "六一": (6, 1, 6, 1, False), "妇女": (3, 8, 3, 8, False),
    "青年": (5, 4, 5, 4, False), "儿童": (6, 1, 6, 1, False), "建党": (7, 1, 7, 1, False),
    "建军": (8, 1, 8, 1, False), "教师": (9, 10, 9, 10, False), "圣诞": (12, 25, 12, 25, False),
}  # fmt: skip
# Lunar festivals: the one jionlp is asked for, days from it, days it lasts (a week is the holiday, so vague).
LUNAR = {
    "春节": ("春节", 0, 7), "过年": ("春节", 0, 7), "过完年": ("春节", 7, 21),
    "除夕": ("春节", -1, 1), "元宵": ("春节", 14, 1),
    "清明": ("清明节", 0, 1), "端午": ("端午节", 0, 1), "中秋": ("中秋节", 0, 1), "重阳": ("重阳节", 0, 1),
}  # fmt: skip

# --- how it is written; the lookaheads keep 6月20多人, 6月初步, 上周期 from being read as more
_D = "一二三四五六七八九"
_N = rf"(?:(?<![\d.])\d{{1,2}}(?!\d)|(?<![\d.百千十{_D}])(?:[一二三]?十[{_D}]?|[两{_D}]))"
_COUNTED = rf"(?![\d.%十百千万亿{_D}多余几个人元块名件次台套家间栋所项条米吨年月周天点分直])"
_HALF_DAY = r"(?=早|晚|上午|中午|下午)"
_WEEK = r"(?:周|星期|礼拜)"
_Y = (
    r"(?:大前年|(?<!以)前年|去年|上一年|今年|本年|明年|(?<![以此])后年|(?<!\d)(?:19\d\d|20\d\d|\d\d)年"
    rf"|(?<![十{_D}])(?:[一二][〇零{_D}]{{3}}|[〇零{_D}]{{2}})年)"
)
DATE = re.compile(rf"""
  (?P<sem>[上这本]一?个?学期)(?![期考])[初末底]?
|   (?<!\d)(?P<term>(?:19|20)\d\d)[-~至—](?:19|20)\d\d学年(?:第?(?P<half>[一二12])学期)?
| (?<![\w.-])(?P<digits>(?:19|20)\d{{4}}(?:\d\d)?)(?![\d.%元万个A-Za-z])
| (?<![\d.])(?P<y>(?:19|20)\d\d|\d\d(?=[-/.]\d{{1,2}}[-/.]\d))(?P<sep>[-/.])(?P<m>\d{{1,2}})(?!\d)
    (?:(?P=sep)(?P<d>\d{{1,2}})(?!\d))?[日号]?
| (?<![\d.])(?P<md>\d{{1,2}}[./-]\d{{1,2}})(?![\d.%])[日号]?
| (?P<rel>大前天|大后天|(?<![以先])前[天日]|(?<!先天)(?<!明)后天|[昨今][天日]|(?<![说证表声透])明[天日]
    |[昨今]{_HALF_DAY}|(?<![说证表声透])明{_HALF_DAY})
| (?P<ago>半|{_N})(?P<more>[多几])?(?P<unit>天|日|年|个?星期|个?礼拜|周|个[多半]?月)(?P<plus>[多半])?
    [以之]?(?P<way>前(?!后)|后)
| (?<![以晚早])(?P<week>上+|这|本|下+)一?个?{_WEEK}
    (?:(?P<of>[一二三四五六日天末]|[1-7](?!\d))|(?![期边转围年折刊报密]))
| (?<![每单双一二两几]){_WEEK}(?P<wday>[一二三四五六日天]|末(?!都)|[1-7](?!\d))
| (?P<year>{_Y}度?的?)?(?:
    (?P<month>(?<!以)上+一?个?月|本月|这个?月|(?<!以)下+一?个?月|{_N}月|元月)份?
      (?:的?(?P<day>{_N})(?:[日号]|{_COUNTED})
      |的?月?(?P<mpart>[上中下]旬|初(?![步中级期审{_D}十])|[底末](?![下层线])|中(?=$|[^一-鿿]|的)))?
    |(?P<part>[上下]半年|年初(?![步级])|年中(?!秋)|年[底末]
      |(?<=年)(?:[底末](?![下层线])|初(?![步中级期{_D}])|中(?=$|[^一-鿿])|(?:十一|五一|六一){_COUNTED})
      |(?:十一|五一|六一|三八)(?=$|\W|长?假|期间|黄金周|前后|劳动节|儿童节|妇女节)|国庆|{"|".join(LUNAR)}
      |元旦|寒假|暑假|圣诞|[春秋]季开学|开学(?!典礼|费|式)|开春|(?:劳动|妇女|青年|儿童|建党|建军|教师)(?=节(?![目课]))
      |第?[一二三四1-4]季度|[上本这下]一?个?季度|[春夏秋冬][天季]|(?<=年)[春冬]上(?![班学线级]))
      (?:劳动|儿童|妇女)?(?:节(?!目|约|点))?(?:长?假期?|黄金周)?
    |(?P<dom>{_N})[日号]|(?P<mbare>月[初中底末]))
| (?P<only>{_Y})度?
""", re.VERBOSE)  # fmt: skip
JOIN = re.compile(
    r"(?:开始)?(?P<word>一直[拖延持搞干弄忙做]?[到续至]到?|(?:拖|延|延续|持续)到|到|至|-|~|/|—+|、|或者?|和)"
)
WEEKDAY = re.compile(rf"[(,，]?{_WEEK}([一二三四五六日天])\)?")
SUFFIX = re.compile(
    r"(?:期间)?(?:的?(?:(?P<open>以来|到现在|至今|到目前|到如今)|(?P<vague>前后|左右|上下|(?:的一|某一?|有一)天"
    r"|某个时候|[一二]?十?几[号日]|那会儿|[以之][前后]|[前后](?=$|\W|的))))?"
)
CLOCK = re.compile(rf"""[的,，T\s]*
    (?:(?P<half>上午|早上|早晨|早(?!一?点)|中午|下午|午后|傍晚|晚上|晚间|晚(?!一?点)))?的?
    (?:(?P<h>{_N})(?:点(?![儿都也])|(?<=\d)时(?![候间])|:)(?P<min>半|一刻|三刻|\d\d(?!\d)|{_N}(?=分))?分?钟?整?
    (?:(?:到|至|-|~)(?P<h2>{_N})(?:点|时|:)(?P<min2>半|一刻|三刻|\d\d(?!\d))?分?钟?)?)?
    (?P<later>[以之]?后)?(?P<around>左右|前后|多)?""", re.VERBOSE)  # fmt: skip
ROUGHLY = re.compile(r"(?:大概|大约|差不多|可能|好像|估计|也许|(?P<about>约))(?:就?是)?[在于从]?$")

# --- what stands around it
FOR_JIONLP = re.compile(rf"(?:{_Y}的?)?(?:[一-鿿]{{1,3}}节|[春秋]分|[冬夏]至|立[春夏秋冬])")
BLOCKED = re.compile(rf"的?(?:农历|阴历|旧历|正月|腊月|冬月|第?[{_D}\d]?个?学期|初[{_D}十])[{_D}\d十]*")
NOT_A_DATE = re.compile(r"(?:农历|阴历|旧历|每年?|每个?|每隔)的?$")
LEAD = re.compile(
    r"(?:嗯|哦|噢|不对|准确地?[说讲]|具体|确切|其实|实际上?|就|应该|大概|大约|差不多|可能|好像|估计|也许|想?约|我?记得|时间|日期|发生|希望|最好"
    r"|[是在于为从自,，。:\s])*"
)
TAIL = re.compile(
    r"(?:期间|的?时候|的?事情?|[那这](?:会儿?|阵子?|时候?|几天|段)|没几天|没多久|不久|刚开始|那天|当天|那段时间|发生|开始|结束|起|全天|都?可以|都?行|方便|有空"
    r"|[的吧呢了啊呀哦吗。,，.!！?？~\s])*"
)
CUE = re.compile(r"(?:时间|日期|发生|改成|改为|改到|应该|其实|而是|不对)[,，]?[是为在于:]*$")
DENIED = re.compile(r"(?:不是|并非|不在)[在于]?$")
CLAUSE = re.compile(r"(?:^|[,，。;；!！?？\s]|时间|日期|发生|改成|改为|改到|应该)[是为在于:]*$")
LOOSE_END = re.compile(r"$|\W|[前上下中早晚当那这我左的开例发去到至被因由在]")
FESTIVAL_START = re.compile(r"(?:^|[^一-鿿]|[在是于从到年的今去我们为])$")
PAIR = re.compile(rf"(?<![十{_D}])(?P<a>[{_D}])(?=(?P<b>[{_D}])(?P<unit>[月日号]))")
REWRITES = (  # the unit said once belongs to both ends: 3-5月, 三四月, 2024到2025年, 2025.3-5, 6.20-25
    (re.compile(r"^(?:(?:19|20)\d\d年?[到至~—-])?(?P<a>(?:19|20)\d\d)$"), "年"),
    (re.compile(rf"(?<![-/])(?P<a>{_N}|(?<!\d)20\d\d)(?:到|至|-|~|—|、)(?:{_N}|20\d\d)(?P<unit>[年月日号])"), ""),
    (re.compile(r"(?<!\d)(?:19|20)\d\d[./]\d{1,2}-(?P<a>\d{1,2})(?![\d./月-])"), "月"),
    (re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}-(?P<a>\d{1,2})(?![\d./日号月-])"), "日"),
)


def numeral(word: str) -> int:
    """The number of 20, 二十, 二〇二五."""
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if ten:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS[digit]) for digit in word))


def year_number(word: str, this: int) -> int | None:
    """The year a word names; two figures are this century up to two years ahead, else the last one from 80."""
    if word in YEARS:
        return this + YEARS[word]
    number, oldest = numeral(word.rstrip("年")), 1950
    if number < 100:
        number, oldest = number + (2000 if number <= this % 100 + 2 else 1900), 1980
    return number if oldest <= number <= this + 10 else None
