"""OAuth exchange and JS-SDK tickets (wecom-protocol 5.5, 5.6)."""

from sandbox.call import Answer, Call, as_text, ok
from sandbox.errors import WeComError


def getuserinfo(call: Call) -> Answer:
    """GET auth/getuserinfo: lower-case fields; a user_ticket only for snsapi_privateinfo."""
    grant = call.world.identity.exchange(call.query.get("code", ""))
    ticket = {"user_ticket": call.world.identity.ticket(grant.userid)} if grant.private else {}
    return ok(userid=grant.userid, **ticket)


def legacy_getuserinfo(call: Call) -> Answer:
    """GET user/getuserinfo, the path wechatpy calls: mixed-case fields."""
    grant = call.world.identity.exchange(call.query.get("code", ""))
    return ok(UserId=grant.userid, DeviceId="")


def getuserdetail(call: Call) -> Answer:
    """POST auth/getuserdetail: nobody in the sandbox has consented to more than a gender."""
    ticket = as_text(call.body.get("user_ticket"))
    if not ticket:
        raise WeComError(40063)
    return ok(userid=call.world.identity.ticket_owner(ticket), gender="0")


def jsapi_ticket(call: Call) -> Answer:
    """GET get_jsapi_ticket: the corporation's ticket."""
    ticket, seconds = call.world.identity.js_ticket("corp")
    return ok(ticket=ticket, expires_in=seconds)


def agent_ticket(call: Call) -> Answer:
    """GET ticket/get?type=agent_config: the app's ticket."""
    if call.query.get("type") != "agent_config":
        raise WeComError(40035)
    ticket, seconds = call.world.identity.js_ticket(f"app {call.app.agentid}")
    return ok(ticket=ticket, expires_in=seconds)
