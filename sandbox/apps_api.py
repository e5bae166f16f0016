"""gettoken, agent/* and the address lists (wecom-protocol 3, 5.8)."""

from sandbox.call import Answer, Call, Object, as_number, ok, own_agent
from sandbox.errors import WeComError
from sandbox.tokens import App

SETTABLE = {
    "name": str,
    "description": str,
    "redirect_domain": str,
    "home_url": str,
    "isreportenter": int,
    "report_location_flag": int,
}


def gettoken(call: Call) -> Answer:
    """GET gettoken: the secret is looked at first (41004), then the corpid (41002, 40013)."""
    world, tokens = call.world, call.world.tokens
    secret, corp_id = call.query.get("corpsecret", ""), call.query.get("corpid", "")
    if not secret:
        raise WeComError(41004)
    if not corp_id:
        raise WeComError(41002)
    tokens.refuse_banned(call.address)
    if corp_id != world.settings.corp_id:
        raise WeComError(40013)
    app = world.apps.get(secret)
    if app is None:
        tokens.note_bad_secret(call.address)
        raise WeComError(40001)
    if app.disabled:
        raise WeComError(50003)
    token = tokens.issue(app)
    return ok(access_token=token.value, expires_in=max(1, round(token.expires_at - world.clock.now())))


def summary(app: App) -> Object:
    """The short form of an app."""
    return {"agentid": app.agentid, "name": app.name, "square_logo_url": ""}


def agent_get(call: Call) -> Answer:
    """GET agent/get: the app's own data and range."""
    own_agent(call, call.query.get("agentid"))
    app = call.app
    users = [{"userid": member.userid} for member in call.world.directory.reachable()]
    return ok(
        **summary(app),
        description=app.description,
        allow_userinfos={"user": users},
        allow_partys={"partyid": [1]},
        allow_tags={"tagid": []},
        close=int(app.disabled),
        redirect_domain=app.redirect_domain,
        report_location_flag=app.report_location_flag,
        isreportenter=app.isreportenter,
        home_url=app.home_url,
    )


def agent_list(call: Call) -> Answer:
    """GET agent/list: the app of the token alone."""
    return ok(agentlist=[summary(call.app)])


def agent_set(call: Call) -> Answer:
    """POST agent/set: any of the settable fields; 40035 for one of the wrong type or length."""
    own_agent(call, call.body.get("agentid"))
    for name in SETTABLE.keys() & call.body.keys():
        value = call.body[name]
        if SETTABLE[name] is int:
            value = as_number(value)
        elif not isinstance(value, str) or len(value) > {"name": 32, "description": 120}.get(name, 2048):
            raise WeComError(40035)
        setattr(call.app, name, value)
    return ok()


def addresses(call: Call) -> Answer:
    """GET getcallbackip and get_api_domain_ip: this machine."""
    return ok(ip_list=["127.0.0.1"])
