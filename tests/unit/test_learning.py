"""Ratings belong to answers and to nobody; shared questions are grouped, counted and learned from."""

from pathlib import Path

import pytest

from actions import feedback
from actions.turn import Call, take
from actions.wiring import App
from commands import retraining, training
from commands.evaluation import Table
from core.cases.vault import Vault
from core.clock import Clock
from core.crypto import Cipher
from core.db import Database
from core.errors import NotFound
from core.keys import service as keys
from core.learning import service, store
from core.learning.rules import grouped
from core.messages.rules import Reply
from core.messages.service import Mailbox
from core.settings import Settings
from core.testing import KEY, OTHER_KEY, START, dump

ASKED = {"tolerance.conditions": 0.95}


def say(app: App, text: str = "", command: str = "") -> Reply:
    metadata = {"command": command, "kind": "command"} if command else {}
    return take(app, Call("wecom:azkj_one", text, {} if command else ASKED, (), metadata))[-1]


def press(app: App, reply: Reply, title: str) -> Reply:
    return say(app, command=next(button.payload for button in reply.buttons if button.title == title))


def test_every_answer_can_be_rated_once_and_changed(app: App) -> None:
    reply = say(app, "容错有哪些条件")
    assert [button.title for button in reply.buttons][-2:] == ["有帮助", "没帮助"] and len(reply.buttons) <= 6
    assert "谢谢" in press(app, reply, "有帮助").text
    why = press(app, reply, "没帮助")
    assert [button.title for button in why.buttons] == ["条款不对", "过时", "没听懂"]
    press(app, why, "过时")
    (counted,) = service.counts(app.db)
    assert (counted.topic, counted.verdict, counted.reason, counted.number) == ("tolerance.conditions", "bad", "old", 1)
    press(app, reply, "有帮助")
    assert [(one.verdict, one.reason) for one in service.counts(app.db)] == [("good", "")]


def test_a_rating_names_nobody(app: App) -> None:
    press(app, say(app, "容错有哪些条件"), "有帮助")
    (row,) = dump(app.db)["answer_ratings"]
    assert set(row) == {"answer", "month", "topic", "policy", "clause", "verdict", "reason"}
    assert row["month"].day == 1 and not any("azkj_one" in str(value) for value in row.values())


def test_other_replies_are_not_rated(app: App) -> None:
    assert feedback.rated(Reply("您好", "chat")).buttons == ()
    assert "不能评价" in say(app, command="good:nonsense").text


def test_alike_questions_are_counted_together(db: Database, mailbox: Mailbox) -> None:
    with db.write() as connection:
        for text in ("食堂饭卡怎么充值", "停车证怎么办理", "食堂的饭卡怎么充值啊", "饭卡怎么充值"):
            mailbox.share_question(connection, text)
    first, second = service.questions(db, mailbox.cipher)
    assert (first.count, first.text, second.count) == (3, "食堂饭卡怎么充值", 1)
    assert service.learn(db, mailbox.cipher, first.ids, "out_of_scope", "hr", Clock()) == 3
    assert len(service.examples(db, mailbox.cipher)["out_of_scope"]) == 3
    assert [group.text for group in service.questions(db, mailbox.cipher)] == ["停车证怎么办理"]
    service.dismiss(db, second.ids, "hr", Clock())
    with pytest.raises(NotFound):
        service.dismiss(db, second.ids, "hr", Clock())


def test_grouping_takes_empty_and_odd_text() -> None:
    assert [group.count for group in grouped([(1, "2026-11", ""), (2, "2026-11", "?"), (3, "2026-11", "体检")])] == [
        2,
        1,
    ]


# -- training


def table(**right: int) -> Table:
    made = Table()
    made.right.update(right)
    made.total.update(dict.fromkeys(right, 10))
    return made


def test_one_kind_that_got_worse_is_enough() -> None:
    assert retraining.worsened(table(all=9, oos=5), table(all=9, oos=5)) == []
    assert retraining.worsened(table(all=9, oos=5), table(all=10, oos=4)) == ["oos: 4 instead of 5 of 10"]


def test_a_worse_model_is_trained_but_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(var=tmp_path)
    models = tmp_path / "models"
    models.mkdir()
    former = models / "former.tar.gz"
    former.write_bytes(b"1")
    newest = training.model_path(settings)

    def trained(found: Settings, force: bool = False) -> Path:
        path = training.model_path(found)
        path.write_bytes(b"2") if path == newest else None
        return path

    monkeypatch.setattr("commands.ground.settings", lambda: settings)
    monkeypatch.setattr(training, "train", trained)
    monkeypatch.setattr(retraining, "compared", lambda *_: ["oos: 4 instead of 5 of 10"])
    assert retraining.run(False, None, True) == 1
    assert newest.exists() and training.model_path(settings) == former
    monkeypatch.setattr(retraining, "compared", lambda *_: [])
    assert retraining.run(True, None, True) == 0
    assert training.model_path(settings) == newest


def test_learned_examples_change_what_is_trained(db: Database, mailbox: Mailbox, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    before = training.model_path(settings)
    file = training.learned_file(settings)
    file.parent.mkdir(parents=True)
    file.write_text("nlu: []", encoding="utf-8")
    assert training.model_path(settings) != before
    assert retraining._plain("体检[多久](x)\n一次") == "体检［多久］（x） 一次"
    retraining.export_learned(settings)
    assert not file.exists()


def test_training_examples_outlive_a_rotation_of_the_key(db: Database, tmp_path: Path) -> None:
    old, both, new = Cipher((KEY,)), Cipher((OTHER_KEY, KEY)), Cipher((OTHER_KEY,))
    with db.write() as connection:
        store.add_example(connection, "leave.unused", old.seal_json({"text": "没休的假怎么办"}, service.EXAMPLES))
    done = keys.rotate(db, both, Vault(tmp_path / "evidence", both), START, "test")
    assert done.complete and done.values == {service.EXAMPLES: 1}
    assert service.examples(db, new) == {"leave.unused": ["没休的假怎么办"]}
