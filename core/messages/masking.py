"""Masks names and numbers in a question before it is kept for improving answers."""

import re

_NUMBER = re.compile(r"[0-9０-９A-Za-z@._-]{4,}|\d+")
_TITLE = (
    "书记|主任|局长|处长|科长|院长|校长|部长|县长|镇长|乡长|主席|老师|教授|同志|站长|所长|股长|师傅|总|经理|会计|村长|支书|"
    "厅长|省长|市长|区长|组长|队长|班长|秘书|干事|委员|常委|先生|女士|校董|辅导员"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
    "雷钱汤尹黎易常武乔贺赖龚文"
)
_PERSON = re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?=({_TITLE}))")
_CALLED = re.compile(rf"(?:叫|姓名是|名字是|我是)([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,6}(?:学院|大学|镇|乡|县|局|街道|村|公司|系|处|部)")


def masked(text: str) -> str:
    """The text without names, numbers and units; at most 200 characters."""
    out = _NUMBER.sub("×", text[:400])
    out = _CALLED.sub(lambda found: found[0].replace(found[1], "××"), out)
    out = _PERSON.sub("××", out)
    return _PLACE.sub("某单位", out)[:200]
