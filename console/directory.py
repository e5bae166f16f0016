"""WeChat Work's directory: bot, which alone holds the app's secret, reads it; what would change is looked at first."""

import secrets

import httpx
from starlette.responses import Response

from console.jobs import Job
from console.signin import bot_address
from console.visit import POST, Page, Visit
from core.clock import wall
from core.errors import DecryptionFailed, Refused
from core.people import service as people
from core.people.access import Right
from core.register import service

_CONTEXT = "console directory"
_NO_ANSWER = "企业微信通讯录暂时读不到。请稍后再试；如仍不行，请管理员检查应用的可见范围。"
_SECONDS = 120.0


def sync(visit: Visit) -> Response:
    """POST /people/directory: read it in the background, then show what it would change."""

    def work(job: Job) -> str:
        members = fetched(visit)
        orgs = people.organisations(visit.parts.db)
        plan = service.preview_directory(visit.parts.db, members, orgs, visit.person, job.step)
        job.back = f"/people/import/{visit.parts.plans.keep(visit.person.userid, plan)}"
        numbers = f"新增 {len(plan.added):,} 人，变更 {len(plan.changed):,} 人，通讯录里没有的 {len(plan.gone):,} 人"
        return f"读完了：{numbers}。还没有写入。"

    job = visit.parts.jobs.start(visit.person.userid, "读取企业微信通讯录", "/people/import", work)
    return visit.go(f"/jobs/{job.id}")


def fetched(visit: Visit) -> list[dict[str, object]]:
    """The members as bot reads them. Raises Refused when it does not answer, or not for this call."""
    nonce, at = secrets.token_hex(16), wall().timestamp()
    call = {"nonce": nonce, "at": at, "proof": visit.parts.doors.tickets.sign_directory(nonce, at)}
    try:
        with httpx.Client(trust_env=False, timeout=_SECONDS) as client:
            answer = client.post(f"{bot_address(visit.parts.settings)}/console/directory", json=call)
        if answer.status_code != 200:
            raise Refused(_NO_ANSWER)
        value = visit.parts.desk.mailbox.cipher.open_json(answer.content, _CONTEXT)
    except (httpx.HTTPError, DecryptionFailed):
        raise Refused(_NO_ANSWER) from None
    if value["nonce"] != nonce:
        raise Refused(_NO_ANSWER)
    members: list[dict[str, object]] = value["members"]
    return members


PAGES = (Page(POST, "/people/directory", Right.PEOPLE, sync),)
