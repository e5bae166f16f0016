"""Temporary media: three days on the sandbox's clock, files on disk (wecom-protocol 5.1)."""

import mimetypes
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import Clock
from sandbox.errors import WeComError

LIFE = 3 * 86400
LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
AMR_SAMPLE = b"#!AMR\n" + (b"\x04" + bytes(12)) * 100
AMR_FRAMES_PER_SECOND = 50
PNG_SAMPLE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000004000000040802000000269309290000001149444154"
    "789c63a858f50c8e1888e300004681208149a90ca90000000049454e44ae426082"
)
MP4_SAMPLE = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"
SAMPLES = {
    "image": ("sample.png", PNG_SAMPLE),
    "voice": ("sample.amr", AMR_SAMPLE),
    "video": ("sample.mp4", MP4_SAMPLE),
    "file": ("sample.txt", "沙箱示例文件\n".encode()),
}
MIME = {".amr": "audio/amr", ".mp4": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Media:
    """One stored file; `created_at` is epoch seconds."""

    media_id: str
    kind: str
    name: str
    mime: str
    size: int
    created_at: float
    path: Path


def sniffed(content: bytes) -> str:
    """What the first bytes say: image, voice, video or file."""
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return "image"
    if content.startswith(b"#!AMR"):
        return "voice"
    return "video" if content[4:8] == b"ftyp" else "file"


def check_upload(kind: str, content: bytes) -> None:
    """Refuse an app's upload the platform would refuse: type, size, format."""
    if kind not in LIMITS:
        raise WeComError(40004)
    if len(content) <= 5:
        raise WeComError(40006)
    if len(content) > LIMITS[kind]:
        raise WeComError(45001)
    if kind != "file" and sniffed(content) != kind:
        raise WeComError(40123 if kind == "image" else 40004)


class MediaStore:
    """Media of the corporation, shared by its apps and members."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._media: dict[str, Media] = {}
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def put(self, kind: str, name: str, content: bytes) -> Media:
        """Store a file under a new media_id."""
        media_id = secrets.token_urlsafe(48)
        path = self._folder / media_id
        path.write_bytes(content)
        suffix = Path(name).suffix.lower()
        mime = MIME.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        media = Media(media_id, kind, name, mime, len(content), self._clock.now(), path)
        self._media[media_id] = media
        return media

    def get(self, media_id: object, kind: str | None = None) -> Media:
        """The unexpired medium (of that kind); raises 40007."""
        media = self.find(media_id)
        if media is None or kind not in (None, media.kind) or self._clock.now() - media.created_at >= LIFE:
            raise WeComError(40007)
        return media

    def find(self, media_id: object) -> Media | None:
        """The medium, expired or not: what a phone still shows."""
        return self._media.get(media_id) if isinstance(media_id, str) else None
