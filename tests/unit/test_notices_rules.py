"""The pure parts of notices: audiences in two notations, times in words, what stops a send."""

import datetime as dt

import pytest

from core.clock import SHANGHAI
from core.notices import when, words
from core.notices.rules import Asks, Spec, parse_audience, parse_spec, problems, should_pause
from core.notices.templates import TEMPLATES

NOW = dt.datetime(2026, 11, 21, 13, 0, tzinfo=SHANGHAI)  # a Saturday
GROUPS = {
    "dept": ["教务处", "学生处", "信息与电气工程学院"], "tag": ["中层干部", "女干部"], "rank": ["正科级"],
}  # fmt: skip
NAMES = {"张三": ["azkj_zs"], "李四": ["azkj_ls1", "azkj_ls2"]}


@pytest.mark.parametrize(
    "raw,spec",
    [
        ("all", Spec("all")),
        ("org:azkj", Spec("org", "azkj")),
        ("dept:azkj/教务处", Spec("dept", "azkj", "教务处")),
        ("dept:azkj/教务处/教材科", Spec("dept", "azkj", "教务处/教材科")),
        ("role:hr", Spec("role", "", "hr")),
        ("tag:azkj/中层干部", Spec("tag", "azkj", "中层干部")),
        ("tag:中层干部", Spec("tag", "", "中层干部")),
        ("rank:azkj/正科级", Spec("rank", "azkj", "正科级")),
        ("user:azkj_chenlei", Spec("user", "", "azkj_chenlei")),
    ],
)
def test_the_notation_of_an_audience(raw: str, spec: Spec) -> None:
    assert parse_spec(raw) == spec
    assert parse_spec(str(spec)) == spec


@pytest.mark.parametrize("raw", ["", "everybody", "org:", "all:x", "dept:教务处", "azkj"])
def test_what_is_no_audience(raw: str) -> None:
    with pytest.raises(ValueError, match=r"发送范围|部门"):
        parse_audience([raw], [])
    with pytest.raises(ValueError, match="没有写发送范围"):
        parse_audience([], [])


@pytest.mark.parametrize(
    "text,to,excluded",
    [
        ("全体", ["org:azkj"], []),
        ("本单位全体干部，除了张三", ["org:azkj"], ["user:azkj_zs"]),
        ("发给教务处和学生处", ["dept:azkj/教务处", "dept:azkj/学生处"], []),
        ("信息与电气工程学院的全体老师", ["dept:azkj/信息与电气工程学院"], []),
        ("各位中层干部、正科级", ["tag:azkj/中层干部", "rank:azkj/正科级"], []),
        ("全校，除学生处外", ["org:azkj"], ["dept:azkj/学生处"]),
        ("user:azkj_x", ["user:azkj_x"], []),
    ],
)
def test_an_audience_in_words(text: str, to: list[str], excluded: list[str]) -> None:
    heard = words.read(text, "azkj", GROUPS, lambda name: NAMES.get(name, []))
    assert ([str(one) for one in heard.to], [str(one) for one in heard.excluded]) == (to, excluded)
    assert not heard.unknown and not heard.several


def test_a_name_that_nobody_or_two_have_is_not_guessed() -> None:
    heard = words.read("火星部、李四", "azkj", GROUPS, lambda name: NAMES.get(name, []))
    assert (heard.to, heard.unknown, heard.several) == ((), ("火星部",), ("李四",))
    both = words.read("教务处的中层干部", "azkj", GROUPS, lambda name: [])
    assert both.to == () and both.unknown  # those who are both cannot be said: asked, not guessed


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2026-11-25 09:00", "2026-11-25T09:00"),
        ("2026-11-25T09:00", "2026-11-25T09:00"),
        ("明天上午9点半", "2026-11-22T09:30"),
        ("今晚8点", "2026-11-21T20:00"),
        ("后天下午两点半", "2026-11-23T14:30"),
        ("下周一上午九点", "2026-11-23T09:00"),
        ("周五下午3点", "2026-11-27T15:00"),
        ("11月25日9点", "2026-11-25T09:00"),
        ("1月3日 8:00", "2027-01-03T08:00"),
        ("9点", "2026-11-21T09:00"),
        ("11-20 9:00", "2026-11-20T09:00"),
        ("昨天", None),
        ("13月40日9点", None),
        ("25点", None),
        ("尽快", None),
    ],
)
def test_a_time_in_words(text: str, expected: str | None) -> None:
    found = when.read(text, NOW)
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else None) == expected


def test_when_a_send_stops_itself() -> None:
    assert not should_pause(10, 10)  # too few to tell
    assert should_pause(20, 100) and should_pause(1000, 1000)
    assert not should_pause(150, 1000)


def test_what_keeps_a_notice_back() -> None:
    assert problems("体检", "请体检。") == []
    assert problems("", "请体检。") and problems("体检", "  ")
    assert "太长" in problems("体检", "长" * 3000)[0]
    assert "标题" in problems("长" * 61, "正文")[0]
    assert "密级" in problems("体检", "机密★5年")[0]


def test_templates_leave_no_blank_and_training_asks_to_attend() -> None:
    for template in TEMPLATES.values():
        title, text = template.filled({blank.name: "某事" for blank in template.blanks})
        assert "【" not in title + text and problems(title, text) == []
        assert all("【" in part for part in template.filled({}))
    assert TEMPLATES["call_up"].asks is Asks.ATTEND
    assert not TEMPLATES["feedback"].neutral and not TEMPLATES["recommend"].neutral
