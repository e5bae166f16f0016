"""`chengyao cases export` and `verify-export`: the dossier as a folder, and whether it is still what was written."""

from pathlib import Path

from commands.cases import actor_at, plainly
from core.cases import dossier as papers
from core.cases import dossier_files as files
from core.cases.service import Desk
from core.errors import ChengyaoError, Refused


def export(desk: Desk, number: str, userid: str, reason: str, parent: Path) -> str:
    """Write the dossier to `parent`/number and say so. Nothing half-written is left behind under that name.

    Raises NotFound, Refused (both audited), ChengyaoError without Chinese fonts or when the folder can't be written.
    """
    with plainly():
        with desk.work() as connection:
            viewer = actor_at(desk, connection, userid, "export", number)
            dossier = papers.gather(desk, connection, number, viewer, reason)
        paper = papers.pdf(dossier)
        try:
            half, target = files.new_folder(parent, dossier.case.number)
            try:
                fingerprint = files.fill(dossier, paper, desk.vault, half)
                with desk.work() as connection:
                    desk.copied(connection, dossier.case, viewer, reason)
                half.rename(target)
            except BaseException:
                files.discard(half)
                raise
        except OSError as error:
            raise ChengyaoError(f"写不进 {parent}：{error.strerror}") from None
    return f"{target}\n材料 {len(dossier.pieces)} 件；清单指纹 SHA-256 {fingerprint}"


def verify(folder: Path) -> str:
    """Hold a dossier, or every dossier in a folder, against its list. Raises Refused naming what differs."""
    found = (
        [folder]
        if (folder / files.MANIFEST).exists()
        else sorted(path.parent for path in folder.glob("*/" + files.MANIFEST))
    )
    if not found:
        raise Refused(f"{folder} 里没有卷宗。")
    wrong = [f"{one.name}：{problem}" for one in found for problem in files.verify(one)]
    if wrong:
        raise Refused("\n".join(wrong))
    return "\n".join(f"{one.name}：与清单一致" for one in found)
