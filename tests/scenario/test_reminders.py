"""Reminders on the phone: the demo's roster leads to pushes on the morning of 20 November 2026."""

from tests.phones import until
from tests.running import Assistant


def test_a_leader_is_told_of_a_talk_and_finds_it_in_the_list(assistant: Assistant) -> None:
    leader = assistant.phone("azkj_sunhaibo")

    def pushed() -> list[str]:
        return [
            str(item["content"]) for item in leader.inbox() if "提拔任职，请安排一次谈话" in str(item.get("content"))
        ]

    (text,) = until(pushed, 60, "the push to the leader")
    assert "赵敏（学生处）" in text and "依据：院党字〔2020〕131号 第10条" in text
    assistant.settle(30)
    listed = leader.say("我的提醒")
    assert "待谈话：赵敏" in listed.text or "逾期：赵敏" in listed.text
    assert not [item for item in assistant.phone("azkj_zhaomin").inbox() if "提拔" in str(item.get("content"))]


def test_leave_is_settled_by_button(assistant: Assistant) -> None:
    member = assistant.phone("nq_zhaolihua")
    until(lambda: [one for one in member.inbox() if "年休假" in str(one.get("content"))], 60, "the push about leave")
    assistant.settle(30)
    listed = member.say("我的提醒")
    assert "年休假未休提醒" in listed.text
    title = next(title for title in listed.titles if "年休假" in title)
    opened = member.press(title, listed)
    assert "依据：宁办发〔2019〕45号 第16条" in opened.text
    done = member.press("完成", opened)
    assert "已登记为完成" in done.text
    assert "年休假未休提醒" not in member.say("我的提醒").text
