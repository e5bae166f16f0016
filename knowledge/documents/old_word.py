"""Word 97–2003 files by way of LibreOffice, where it is installed."""

import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from core.errors import ImportFailed
from knowledge.documents import word
from knowledge.documents.guard import Limits
from knowledge.documents.model import Source

_SHARE = 0.75  # of the time limit: the rest is for reading what was converted


def read(path: Path, limits: Limits) -> Source:
    """The text. Raises ImportFailed when LibreOffice is missing, fails, or takes too long."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise ImportFailed("这台机器没有安装 LibreOffice，读不了 .doc，请另存为 .docx 后再导入。")
    with tempfile.TemporaryDirectory() as folder:
        profile = (Path(folder) / "profile").as_uri()
        source = Path(folder) / "document.doc"
        shutil.copyfile(path, source)
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", "docx",
                   "--outdir", folder, str(source)]  # fmt: skip
        try:
            subprocess.run(
                command,
                capture_output=True,
                check=False,
                timeout=limits.seconds * _SHARE,
                preexec_fn=lambda: _bound(limits),
            )
        except subprocess.TimeoutExpired as problem:
            raise ImportFailed(f"“{path.name}”用 LibreOffice 转换超时，请另存为 .docx 后再导入。") from problem
        converted = source.with_suffix(".docx")
        if not converted.is_file():
            raise ImportFailed(f"“{path.name}”用 LibreOffice 转换不了，请另存为 .docx 后再导入。")
        return word.read(converted, limits)


def _bound(limits: Limits) -> None:
    """Bound what LibreOffice may fill, not what it may map: its address space is large from the start."""
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
