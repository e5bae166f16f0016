"""Business errors as the platform answers them: HTTP 200 with errcode and a hint (wecom-protocol 4.10, 9.2.5)."""

import secrets
import time

TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40031: "some userid invalid",
    40032: "user list oversize",
    40035: "invalid parameter",
    40056: "invalid agentid",
    40057: "callback url check failed",
    40058: "invalid parameter, see the documentation",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40070: "all list params invalid or no changes",
    40074: "news not support confidential",
    40123: "invalid image format",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "secret missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43012: "callback url is required",
    44001: "empty media data",
    44004: "text content is empty",
    45001: "media size out of limit",
    45002: "message content oversize",
    45008: "article size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    45034: "url missing protocol",
    46003: "menu not exist",
    46004: "user not exist",
    48002: "api forbidden",
    50001: "redirect_url unauthorized",
    50003: "app is disabled",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60123: "invalid party id",
    60140: "response_code invalid or expired",
    81013: "user & party & tag all invalid",
    82001: "all touser & toparty & totag empty",
    82002: "party list oversize",
    82003: "tag list oversize",
    82101: "target is empty",
    82102: "target not in the recipients of the message",
    84014: "user_ticket expired",
    84015: "invalid user_ticket",
    301002: "not allow operate another agent with this accesstoken",
    830002: "media is too big, use Range",
}


class WeComError(Exception):
    """A refusal; `errcode` is what a client may match on."""

    def __init__(self, errcode: int, text: str | None = None) -> None:
        self.errcode = errcode
        self.text = text or TEXTS.get(errcode, "request refused")
        super().__init__(f"{errcode} {self.text}")


def hinted(text: str, errcode: int, address: str) -> str:
    """`text` with the ever-changing tail the platform adds, so that nobody can match on it."""
    hint = f"{int(time.time() * 1e7)}_{secrets.randbelow(99)}_{secrets.token_hex(16)}"
    more = f"https://open.work.weixin.qq.com/devtool/query?e={errcode}"
    return f"{text}, hint: [{hint}], from ip: {address}, more info at {more}"


def refusal(error: WeComError, address: str) -> dict[str, object]:
    """The JSON body of a refusal to the caller at `address`."""
    return {"errcode": error.errcode, "errmsg": hinted(error.text, error.errcode, address)}
