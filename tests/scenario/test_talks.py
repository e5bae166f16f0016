"""A talk asked for on one phone and agreed on the other; a life event with and without consent."""

from tests.forms import Form
from tests.phones import Phone, until
from tests.running import Assistant

ASKER, LEADER, DIRECT = "nq_liuyang", "nq_haoyuanshan", "nq_wangjianguo"


def files(phone: Phone) -> list[str]:
    """The names of the files a member was sent."""
    return [str(item["content"]) for item in phone.inbox() if item["kind"] == "file"]


def test_a_talk_is_fixed_when_both_have_agreed(assistant: Assistant) -> None:
    asker, leader = assistant.phone(ASKER), assistant.phone(LEADER)
    before = len(assistant.phone(DIRECT).inbox())
    assert "（1/3）想谈的事" in asker.say("我想约郝远山副县长聊聊").text
    for words in ("想谈谈驻村以后的去留", "下周二下午3点", "郝远山"):
        shown = Form(asker).say(words)
        if "请核对" in shown.text:
            break
    receipt = asker.say("提交")
    assert "TH-" in receipt.text and "已送交郝远山" in receipt.text

    until(lambda: any("一件新的谈心预约" in str(item["content"]) for item in leader.inbox()), what="the card")
    assert "驻村" not in str(leader.inbox())
    page = leader.press("打开查看")
    assert "想谈谈驻村以后的去留" in page.text and page.titles == ["同意", "另约时间", "婉拒"]

    assert "写到几点" in leader.press("另约时间", page).text
    assert "对方同意后才算约定" in leader.say("下周三上午10点，行政楼301").text
    assert files(asker) == files(leader) == []

    offered = asker.press("打开查看")
    assert offered.titles == ["可以", "不行", "撤回"] and "行政楼301" in offered.text
    assert "已约定" in asker.press("可以", offered).text
    for phone in (asker, leader):
        assert until(lambda phone=phone: files(phone), what="the calendar file") == ["talk.ics"]
    assert len(assistant.phone(DIRECT).inbox()) == before
    asker.say("我的申请")


def test_a_life_event_needs_a_yes(assistant: Assistant) -> None:
    phone, unit = assistant.phone("nq_maxiaoyan"), assistant.phone(LEADER)
    before = len(unit.inbox())
    asked = phone.say("我昨天住院了，要动手术")
    assert asked.titles == ["可以", "不要告诉我的单位"] and "第17条" in asked.text
    assert "没有记录" in phone.press("不要告诉我的单位", asked).text
    assert len(unit.inbox()) == before
    assert "会提醒负责的人员" in phone.press("可以", phone.say("我下个月结婚")).text
