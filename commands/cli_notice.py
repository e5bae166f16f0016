"""`chengyao notice …`: send notices, follow and steer them."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="通知：发送、查看进度、暂停、催办、撤回")
_To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        "--audience",
        help="all、org:组织、dept:组织/部门、role:角色、tag:组织/标签、rank:组织/职级、user:账号，可多次",
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
_As = Annotated[str, typer.Option("--as", help="工作人员的账号（USERID）；不写为命令行")]
_TITLES = (
    ("recipients", "收件人"), ("accepted", "平台已接收"), ("failed", "失败"), ("unknown", "结果不明"),
    ("waiting", "待发送"), ("opened", "点过按钮"), ("confirmed", "已回复"), ("attend", "参加"), ("absent", "请假"),
    ("recalled", "已撤回"),
)  # fmt: skip


@app.command()
def send(
    file: Path,
    to: _To = None,
    excluded: Annotated[list[str] | None, typer.Option("--except", help="不发给谁，写法同 --to")] = None,
    at: Annotated[str, typer.Option("--at", help="什么时候发，如 2026-11-25 09:00；不写为现在")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="要求回复“收到”")] = False,
    attend: Annotated[bool, typer.Option("--attend", help="要求回复“参加”或“请假”")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="已核对；本通知不含国家秘密和工作秘密")] = False,
    userid: _As = "",
    approved_by: Annotated[str, typer.Option("--approved-by", help="第二人审核：审核人的账号")] = "",
    internal: Annotated[bool, typer.Option("--internal", help="只发企业微信，不发到个人选择的其他渠道")] = False,
) -> None:
    """发送一条通知：文件第一行是标题，下面是正文。输出通知编号。"""
    from commands import notices as work
    from core.errors import Refused
    from core.notices.rules import TICK, Asks

    asks = Asks.ATTEND if attend else Asks.CONFIRM if confirm else Asks.NOTHING
    order = work.Order(to or [], excluded or [], asks, at, userid, approved_by, not internal)
    with work.desk() as notices:
        wanted, moment, reach = work.content(notices, file, order)
        names = "、".join(reach.sample)
        preview = f"将发给{reach.people}人，如：{names}。"
        if not yes and not sys.stdin.isatty():
            raise Refused(f"{preview}没有发送：核对无误后加 --yes，表示{TICK}。")
        print(preview, file=sys.stderr)
        if not yes and not typer.confirm(f"{TICK}。确认发送", err=True):
            raise Refused("没有发送。")
        notice = work.send(notices, wanted, moment, order)
    print(notice.id)
    if notice.awaits_approval:
        hint = f"人数超过本单位设定，需要第二人审核：chengyao notice approve {notice.id} --as USERID"
        print(hint, file=sys.stderr)


@app.command()
def status(number: Annotated[int, typer.Argument(metavar="ID")], as_json: _Json = False) -> None:
    """一条通知的进度。“平台已接收”不等于已读。"""
    from commands import notices as work

    found = work.status(number)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print(f"{found['id']}\t{found['state']}\t{found['reason'] or ''}".rstrip())
    print("\n".join(f"{title}\t{found[name]}" for name, title in _TITLES))


@app.command("list")
def list_(as_json: _Json = False) -> None:
    """最近的通知。"""
    from commands import notices as work

    found = work.listing()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print("\n".join(f"{one['id']}\t{one['state']}\t{one['at'] or ''}\t{one['title']}" for one in found))


def _steer(command: str, number: int, userid: str, again: bool = False) -> None:
    from commands import notices as work
    from core.notices.service import COMMAND_LINE

    print(work.steer(command, number, userid or COMMAND_LINE, again))


@app.command()
def approve(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As) -> None:
    """第二人审核同意。"""
    _steer("approve", number, userid)


@app.command()
def pause(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As = "") -> None:
    """暂停：正在进行的一批发完，其余不再发。"""
    _steer("pause", number, userid)


@app.command()
def resume(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As = "") -> None:
    """继续发送。"""
    _steer("resume", number, userid)


@app.command()
def retry(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As = "") -> None:
    """只给发送失败的人再发一次。"""
    _steer("retry", number, userid)


@app.command()
def chase(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As = "") -> None:
    """催办：提醒收到而没有回复的人。输出催办通知的编号。"""
    _steer("chase", number, userid)


@app.command()
def recall(number: Annotated[int, typer.Argument(metavar="ID")], userid: _As = "") -> None:
    """撤回：24小时内发出的收回，未发的不再发。"""
    _steer("recall", number, userid)


@app.command()
def settle(
    number: Annotated[int, typer.Argument(metavar="ID")],
    delivered: Annotated[bool, typer.Option("--delivered/--again", help="认定已送达，或再发一次（可能重复收到）")],
    userid: _As = "",
) -> None:
    """由人决定“结果不明”的如何处理。"""
    _steer("settle", number, userid, not delivered)
