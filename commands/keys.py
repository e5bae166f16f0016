"""`chengyao keys rotate`: everything stored, sealed with the newest data key."""

import sys

from commands import ground
from core.keys import service

_DONE = (
    "各进程都用新密钥重启过之后，可以从 CHENGYAO_DATA_KEYS 去掉旧密钥并再次重启。Rasa 的会话密钥由最新密钥派生，"
    "重启后较早的会话记录即作废，不影响草稿、申请和提醒。"
)
_LEFT = "{count} 项用现有的密钥打不开，没有改动；旧密钥请先不要去掉。"


def rotate() -> int:
    """Rewrite and report; 0 when everything now opens with the newest key alone."""
    with ground.desk() as desk:
        mailbox = desk.mailbox
        done = service.rotate(mailbox.db, mailbox.cipher, desk.vault, mailbox.clock.now(), "cli")
    for table, count in sorted(done.values.items()):
        print(f"{table}\t{count}")
    print(f"已用最新密钥重写 {done.total} 项、材料文件 {done.files} 个。")
    if done.complete:
        print(_DONE)
        return 0
    for table, count in sorted(done.unreadable.items()):
        print(f"{table}：" + _LEFT.format(count=count), file=sys.stderr)
    if done.unreadable_files:
        print("材料文件：" + _LEFT.format(count=done.unreadable_files), file=sys.stderr)
    return 1
