"""What is kept of a shared question names nobody."""

import pytest

from core.messages.masking import masked


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我是张伟，容错怎么申请", "张伟"),
        ("我们王主任说不能容错", "王"),
        ("李建国局长找我谈话了", "李建国"),
        ("电话13812345678打不通", "13812345678"),
        ("邮箱abc_d@example.com", "example"),
        ("身份证号340101197503021234", "340101"),
        ("教务处的人不给报销", "教务处"),
        ("城关镇政府不让休假", "城关镇"),
        ("我叫陈磊，体检去哪", "陈磊"),
        ("2023年5月那件事", "2023"),
        ("工号 12", "12"),
    ],
)
def test_names_numbers_and_units_are_masked(text: str, gone: str) -> None:
    assert gone not in masked(text)


def test_the_question_itself_stays() -> None:
    assert masked("年假没休完能不能折成钱") == "年假没休完能不能折成钱"


def test_it_is_short() -> None:
    assert len(masked("很" * 5000)) == 200
