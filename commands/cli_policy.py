"""`chengyao policy …`: import documents, read them, end them, compare them, give their clauses topics."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.errors import ImportFailed

app = typer.Typer(no_args_is_help=True, help="政策文件")
_Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="文件：.txt .docx .doc .pdf")],
    org: Annotated[str, typer.Option(help="组织编号")],
    new_org: Annotated[str, typer.Option(help="新组织的全称")] = "",
    policy_id: Annotated[str, typer.Option("--id", help="文件编号；不写则由文号生成")] = "",
    supersedes: Annotated[str, typer.Option(help="被它替代的文件编号")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="替换同编号、同文号的文件")] = False,
    effective: Annotated[str, typer.Option(help="施行日期，如 2024-01-31；不写则按文中所写或落款日期")] = "",
    level: Annotated[str, typer.Option(help="新组织的层级：university college county province")] = "",
    as_json: _Json = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，直接保存")] = False,
) -> None:
    """导入文件：先预览条款，再保存；要么全部保存，要么都不保存。"""
    from commands import policies
    from core.policies.rules import LEVELS

    if level and level not in LEVELS:
        raise ImportFailed(f"层级只能是 {'、'.join(LEVELS)}")
    order = policies.Order(files, org, new_org, policy_id, supersedes, replace, effective, level)
    with policies.shelf() as found:
        drafts, lines, new = policies.prepare(found, order)
        if not as_json:
            print("\n".join(lines))
        if not yes and not policies.confirmed():
            print("没有保存。")
            raise typer.Exit(1)
        policies.keep(found, drafts, new)
        shown = [policies.shown(found.policy(draft.policy.id), found.clock.today()) for draft in drafts]
    if as_json:
        print(json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=1))
    else:
        print("\n".join(f"已保存：{one['id']}  {one['title']}  {len(one['clauses'])} 条" for one in shown))


@app.command("list")
def list_() -> None:
    """每份文件一行：编号、状态、文号、标题。"""
    from commands import policies

    with policies.shelf() as found:
        today = found.clock.today().isoformat()
        for one in found.stored().values():
            print(f"{one.id}\t{one.cite}\t{one.title}\t{one.validity.status(today)}")


@app.command()
def show(policy_id: str, as_json: _Json = False) -> None:
    """一份文件及其全部条款。"""
    from commands import policies

    with policies.shelf() as found:
        policy, today = found.policy(policy_id), found.clock.today()
    if as_json:
        print(json.dumps(policies.shown(policy, today), ensure_ascii=False, indent=1))
    else:
        print("\n".join(policies.lines_of(policy, today)))


@app.command()
def repeal(
    policy_id: str,
    on: Annotated[str, typer.Option(help="废止日期；不写则为今天")] = "",
) -> None:
    """记录文件已废止；之后的问答不再引用它，问到以前的规定时仍可查。"""
    from commands import policies
    from core.policies import service

    try:
        day = dt.date.fromisoformat(on) if on else None
    except ValueError:
        raise ImportFailed(f"日期请写成 2024-01-31 的样子：{on[:30]}") from None
    with policies.shelf() as found:
        service.repeal(found.db, policy_id, day or found.clock.today(), "cli", found.clock.now())
    print(f"已废止：{policy_id}")


@app.command()
def check() -> None:
    """Fail on clauses without entry, topics without clause or examples, facts and citations that do not resolve."""
    from knowledge.check import problems

    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        raise typer.Exit(1)
    print("政策库检查通过。")


@app.command()
def topics(
    policy_id: str,
    accept_above: Annotated[float, typer.Option(help="把可信度不低于此值（0 到 1）的建议直接确认")] = 2.0,
    assign: Annotated[list[str] | None, typer.Option("--set", help="条款=话题,话题；只写“条款=”为清空")] = None,
    as_json: _Json = False,
) -> None:
    """条款的话题建议及可信度；确认后的话题立即用于问答。"""
    from commands import policy_topics

    with policy_topics.shelf() as found:
        if assign:
            policy_topics.assign(found, policy_id, assign)
        elif accept_above <= 1:
            policy_topics.accept(found, policy_id, accept_above)
        listed = policy_topics.listing(found, policy_id)
    print(json.dumps(listed, ensure_ascii=False, indent=1) if as_json else "\n".join(policy_topics.lines(listed)))


@app.command()
def diff(left: str, right: str, as_json: _Json = False) -> None:
    """两份文件按话题逐项对照：两个版本，或两个单位。"""
    from commands import policy_topics

    with policy_topics.shelf() as found:
        rows = policy_topics.difference(found, left, right)
    print(json.dumps(rows, ensure_ascii=False, indent=1) if as_json else "\n".join(policy_topics.side_by_side(rows)))
