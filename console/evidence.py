"""Evidence: images and PDF are shown in the page, everything else is handed over as a file. Each look is audited."""

from urllib.parse import quote

from starlette.responses import Response

from console.visit import GET, Page, Visit
from core.errors import NotFound
from core.people.access import Right
from core.worklist import service

INLINE = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf")


def show(visit: Visit) -> Response:
    """GET /cases/{number}/evidence/{id}: the decrypted file; the type is what its content was found to be."""
    raw = visit.path["id"]
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise NotFound
    found, data = service.evidence(visit.parts.desk, visit.path["number"], int(raw), visit.person)
    kind = "inline" if found.mime in INLINE and not visit.asked("download") else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(found.name)}",
        # An image or a PDF needs nothing from anywhere; a script hidden in one is given nothing to run with.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'; "
        "frame-ancestors 'self'",
    }
    mime = found.mime if found.mime in INLINE else "application/octet-stream"
    return Response(data, media_type=mime, headers=headers)


PAGES = (Page(GET, "/cases/{number}/evidence/{id}", Right.CASES, show),)
