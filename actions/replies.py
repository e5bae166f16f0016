"""Reviewed fixed replies outside the policy answers. Placeholders take offices and names, never sentences."""

from core.messages.rules import Button, Reply
from core.people.orgs import CONTACT_LABELS, Org

MENU = (
    ("政策咨询", "topics"),
    ("申请容错", "file:tolerance"),
    ("申请澄清", "file:clarification"),
    ("我的申请", "cases"),
    ("预约谈心", "book:talk"),
    ("我的提醒", "reminders"),
    ("联系人工", "human"),
)
TOPIC_MENU = (
    "tolerance.conditions", "clarification.how", "talk.regular",
    "health_check.frequency", "assessment.use", "hardship.help",
)  # fmt: skip
WELCOME = (
    "您好，我是撑腰助手。您可以直接问容错免责、澄清保护、谈心谈话、体检休假等规定，我会给出您单位文件的条款。\n"
    "您的政策咨询不会通知您的单位或领导；只有您主动提交的申请才会送交办理部门。"
)
STRANGER = "您暂不在本助手的使用名单中。请联系本单位组织人事部门核对花名册。"
DISTRESS = (
    "您现在的感受很重要。请先联系身边信任的人；全国统一心理援助热线 12356，紧急情况请拨打 120 或 110。"
    "需要我把单位关怀联系人的电话发给您吗？"
)
REPORT = "本助手不受理检举控告。请向本单位纪委反映，或通过12388、12380反映。"
OWN_UP = "如需向组织主动说明问题，请直接与纪检监察机关联系，当面说明；在这里填写不作为正式说明。"
INQUIRY = "请按通知要求如实向组织说明情况，本助手不提供应答建议。"
THREAT = "如果有人威胁您的人身安全，请立即拨打 110。"
NO_CONTACT = "单位的联系方式还没有登记，请向组织人事部门询问。"
MEDIA = "已收到您发来的{what}。我目前只能处理文字，请把想问的事写成文字发给我。这份{what}不会保存。"
FILES_WAIT = (
    "请问这些材料用来做什么？如果是申请的证据，请选择要补充到的编号，或新的申请；"
    "没有选择就不保存，过后自动删除。要提问，请写成文字。"
)
FILES_HERE = "收到材料 {count} 份。"
MEDIA_NAMES = {"image": "图片", "file": "文件", "voice": "语音", "video": "视频", "location": "位置", "link": "链接"}
EMPTY = "没有看到文字内容，请写一句话告诉我您想了解什么。"
LONG = "这段话有些长，我先按开头的内容理解。您也可以用一两句话直接问。"
GREETING = "您好。请直接说您想了解的规定，或从菜单中选择。"
THANKS = "不客气。有需要随时找我。"
GOODBYE = "再见，祝您工作顺利。"
IDENTITY = (
    "我是撑腰助手，是一个程序，不是真人。您的政策咨询不会通知您的单位或领导；只有您主动提交的申请才会送交办理部门。"
)
CANCELLED = "好的，没有正在进行的事项。需要时可以从菜单重新选择。"
SHARED = "谢谢。这句话会去掉姓名、单位和时间后交工作人员，用来完善答案。"
NOT_SHARED = "好的，这句话不会保存。"
UNHELPFUL = "抱歉没有答到您想问的。请换个说法再问一次，或直接联系人工。"
HUMAN = "您可以直接联系本单位工作人员："
APPLY_BY_OFFICE = "网上办理尚未开通，这里不会收取或保存您的申请内容。"
APPLY_TO = "请联系：{contact}"
REMINDERS_NONE = "目前没有需要您办理的提醒。"
READY = "ready"


def buttons(pairs: tuple[tuple[str, str], ...]) -> tuple[Button, ...]:
    """Buttons out of (title, payload)."""
    return tuple(Button(*pair) for pair in pairs)


def ready() -> Reply:
    """Answer of the readiness probe."""
    return Reply(READY, "chat")


def stranger() -> Reply:
    """A member who is not in the roster is told whom to ask and gets nothing else."""
    return Reply(STRANGER, "handover")


def menu(lead: str) -> Reply:
    """The menu under a line of text."""
    return Reply(lead, "menu", buttons=buttons(MENU))


def contacts(org: Org, *kinds: str) -> str:
    """Lines of the organisation's contacts, those of `kinds` or all."""
    found = [(kind, contact) for kind in kinds or tuple(CONTACT_LABELS) if (contact := org.contact(kind))]
    return "\n".join(f"{CONTACT_LABELS[kind]}：{contact.line()}" for kind, contact in found) or NO_CONTACT


def human(org: Org) -> Reply:
    """A person to turn to."""
    return Reply(f"{HUMAN}\n{contacts(org)}", "handover")
