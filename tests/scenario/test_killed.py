"""Processes that hang or die under the assistant: nothing lost, nothing twice."""

import os
import signal
import time

from tests.phones import until
from tests.running import Assistant

QUESTION = "什么情况下可以容错？"
APOLOGY = "抱歉，系统正在恢复，您的消息已收到，稍后会回复您。"
CITED = "依据：院党字〔2020〕131号 第11条"


def test_rasa_killed(assistant: Assistant) -> None:
    """The message waits, after 30 s comes an apology, then the answer; supervisor starts Rasa again."""
    phone = assistant.phone("azkj_sunhaibo")
    phone.news()
    old = assistant.kill("rasa")
    phone.post("send", type="text", text=QUESTION)
    sent = time.monotonic()
    assistant.restarted("rasa", old)
    os.kill(assistant.pid("rasa"), signal.SIGSTOP)  # otherwise it might be back before the 30 s are over
    assert not assistant.ready()
    while time.monotonic() - sent < 28:
        assert phone.inbox(phone.seen) == []
        time.sleep(1)
    until(lambda: phone.inbox(phone.seen), 15, "the apology")
    assert phone.news().texts == [APOLOGY]
    os.kill(assistant.pid("rasa"), signal.SIGCONT)
    assistant.settle(90)
    answer = phone.news()
    assert len(answer.texts) == 1 and CITED in answer.text
    until(assistant.ready, 60, "readiness")


def test_rasa_hangs_for_a_while(assistant: Assistant) -> None:
    """The turn is tried again; Rasa then handles both tries, the member sees one answer."""
    phone = assistant.phone("azkj_wulili")
    phone.news()
    pid = assistant.pid("rasa")
    os.kill(pid, signal.SIGSTOP)
    phone.post("send", type="text", text=QUESTION)
    time.sleep(14)
    os.kill(pid, signal.SIGCONT)
    assistant.settle(60)
    time.sleep(1)
    answer = phone.news()
    assert len(answer.texts) == 1 and CITED in answer.text
    until(assistant.ready, 60, "readiness")


def test_actions_killed(assistant: Assistant) -> None:
    phone = assistant.phone("azkj_zhenghao")
    phone.news()
    old = assistant.kill("actions")
    phone.post("send", type="text", text=QUESTION)
    assistant.restarted("actions", old)
    assistant.settle(60)
    answer = phone.news()
    assert len(answer.texts) == 1 and CITED in answer.text
    until(assistant.ready, 60, "readiness")


def test_the_gateway_killed_in_the_middle(assistant: Assistant) -> None:
    """Some turns are taken, some replies on their way, one message comes while it is down: each is answered once."""
    members = ("azkj_chenlei", "ldu_linqing", "sdju_shenyi", "yn_yangzhigang", "nq_wangjianguo", "azkj_xutao")
    phones = [assistant.phone(userid) for userid in members]
    for phone in phones:
        phone.news()
    assistant.client.post("settings", json={"callback": {"retry_delay": 5.0}}).raise_for_status()
    with assistant.fault("latency", endpoint="message/send", seconds=0.4):
        for phone in phones[:-1]:
            phone.post("send", type="text", text=QUESTION)
        until(lambda: any(phone.inbox(phone.seen) for phone in phones), what="a first answer")
        old = assistant.kill("bot")
        phones[-1].post("send", type="text", text=QUESTION)  # refused at first; the platform repeats it
        assistant.restarted("bot", old)
        until(assistant.ready, 60, "readiness")
        assistant.settle(60)
    time.sleep(1)
    for phone in phones:
        kinds = [item["kind"] for item in phone.news().items]
        assert kinds == ["text", "template_card"], phone.userid
