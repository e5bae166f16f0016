"""`chengyao console …`."""

import sys

import typer

app = typer.Typer(no_args_is_help=True, help="工作台")


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command("invite")
def invite(userid: str) -> None:
    """Print a one-time link with which the person sets a password."""
    from commands import console, ground

    print(console.invite(ground.settings(), userid))
    print(f"链接 {console.hours()} 小时内有效，只能用一次；请当面或经可靠渠道交给本人。", file=sys.stderr)
