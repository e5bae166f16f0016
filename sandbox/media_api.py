"""media/upload, media/get, media/uploadimg (wecom-protocol 5.1)."""

from urllib.parse import quote

from starlette.responses import FileResponse

from sandbox.call import Answer, Call, ok
from sandbox.errors import WeComError
from sandbox.media import Media, check_upload

WHOLE_LIMIT = 20 << 20
IMG_LIMIT = 2 << 20


def part(call: Call) -> tuple[str, bytes]:
    """The part `media` with a file name; raises 44001."""
    upload = call.upload
    if upload is None or not upload.name:
        raise WeComError(44001)
    return upload.name, upload.content


def upload(call: Call) -> Answer:
    """POST media/upload?type=: created_at is a string, errmsg is empty."""
    name, content = part(call)
    kind = call.query.get("type", "")
    check_upload(kind, content)
    media = call.world.media.put(kind, name, content)
    answer = ok(type=kind, media_id=media.media_id, created_at=str(int(media.created_at)))
    return {**answer, "errmsg": ""}


def uploadimg(call: Call) -> Answer:
    """POST media/uploadimg: a permanent address, at most 2 MB."""
    name, content = part(call)
    check_upload("image", content)
    if len(content) > IMG_LIMIT:
        raise WeComError(45001)
    media = call.world.media.put("image", name, content)
    return ok(url=f"http://{call.host}/sandbox/media/{media.media_id}")


def file_response(media: Media) -> FileResponse:
    """The file with its name as attachment; ranges are answered with 206."""
    plain = media.name.encode("ascii", "ignore").decode().replace('"', "").strip() or "media"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(media.name)}"
    return FileResponse(media.path, media_type=media.mime, headers={"content-disposition": disposition})


def get(call: Call) -> Answer:
    """GET media/get: raw bytes; 40007 when unknown or expired, 830002 for a big file without Range."""
    media = call.world.media.get(call.query.get("media_id", ""))
    if media.size > WHOLE_LIMIT and not call.range_header:
        raise WeComError(830002)
    return file_response(media)
