"""user/*, department/*, tag/* (wecom-protocol 5.3, 5.4)."""

from sandbox.call import Answer, Call, Object, as_number, as_numbers, as_strings, as_text, ok
from sandbox.directory import ROOT, Department, Tag
from sandbox.errors import WeComError
from sandbox.roster import Member


def user_fields(member: Member) -> Object:
    """What an app created after June 2022 gets of a member: no telephone, e-mail or picture."""
    department = member.department_id
    return {
        "userid": member.userid,
        "name": member.name,
        "department": [department],
        "order": [0],
        "position": member.post,
        "gender": "0",
        "is_leader_in_dept": [int(member.is_head)],
        "direct_leader": [member.leader] if member.leader else [],
        "main_department": department,
        "alias": "",
        "telephone": "",
        "status": 1,
        "extattr": {"attrs": []},
    }


def user_get(call: Call) -> Answer:
    """GET user/get: 60111 for an unknown member, 60011 for one outside the app's range."""
    member = call.world.directory.member(call.query.get("userid", ""))
    if member is None:
        raise WeComError(60111)
    if not member.in_range:
        raise WeComError(60011, "no privilege to access/modify contact/party/agent")
    return ok(**user_fields(member))


def department_of(call: Call, name: str) -> Department:
    """The department in the query; raises 60123."""
    department = call.world.directory.departments.get(call.number(name, 60123))
    if department is None:
        raise WeComError(60123)
    return department


def direct_members(call: Call) -> list[Member]:
    """The members directly in the department asked for."""
    return [member for member in department_of(call, "department_id").members if member.in_range]


def user_simplelist(call: Call) -> Answer:
    """GET user/simplelist: direct members, names only."""
    names = ("userid", "name", "department")
    people = direct_members(call)
    return ok(userlist=[{name: user_fields(member)[name] for name in names} for member in people])


def user_list(call: Call) -> Answer:
    """GET user/list: direct members with all fields."""
    return ok(userlist=[user_fields(member) for member in direct_members(call)])


def user_list_id(call: Call) -> Answer:
    """POST user/list_id: pages of everyone, for the contact-sync secret only (48002)."""
    if not call.app.contact_sync:
        raise WeComError(48002)
    limit = as_number(call.body.get("limit", 10000))
    cursor = as_text(call.body.get("cursor"))
    start = as_number(cursor) if cursor else 0
    if not 1 <= limit <= 10000:
        raise WeComError(40035)
    everyone = list(call.world.directory.members.values())
    page = everyone[start : start + limit]
    following = str(start + limit) if start + limit < len(everyone) else ""
    return ok(
        next_cursor=following,
        dept_user=[{"userid": member.userid, "department": member.department_id} for member in page],
    )


def user_getuserid(call: Call) -> Answer:
    """POST user/getuserid: the roster holds no telephone numbers, so 46004 for each."""
    if not as_text(call.body.get("mobile")):
        raise WeComError(40063)
    raise WeComError(46004)


def department_fields(call: Call, department: Department) -> Object:
    """A department with its leaders."""
    leaders = [member.userid for member in department.members if member.is_head]
    return {
        "id": department.id,
        "name": department.name,
        "name_en": "",
        "department_leader": leaders,
        "parentid": department.parent,
        "order": department.id,
    }


def subtree(call: Call) -> list[Department]:
    """The department asked for (the root unless told) and all below; raises 60123."""
    top = department_of(call, "id").id if call.query.get("id") else ROOT
    return call.world.directory.subtree(top)


def department_list(call: Call) -> Answer:
    """GET department/list: recursive."""
    return ok(department=[department_fields(call, one) for one in subtree(call)])


def department_simplelist(call: Call) -> Answer:
    """GET department/simplelist: recursive, ids only."""
    return ok(department_id=[{"id": one.id, "parentid": one.parent, "order": one.id} for one in subtree(call)])


def department_get(call: Call) -> Answer:
    """GET department/get: one department."""
    return ok(department=department_fields(call, department_of(call, "id")))


def tag_list(call: Call) -> Answer:
    """GET tag/list."""
    return ok(taglist=[{"tagid": tag.id, "tagname": tag.name} for tag in call.world.directory.tags.values()])


def tag_of(call: Call, value: object) -> Tag:
    """The tag of that id; raises 40068."""
    tag = call.world.directory.tags.get(as_number(value, 40068))
    if tag is None:
        raise WeComError(40068)
    return tag


def tag_get(call: Call) -> Answer:
    """GET tag/get: members and departments of a tag."""
    tag = tag_of(call, call.query.get("tagid"))
    people = [{"userid": member.userid, "name": member.name} for member in tag.members.values()]
    return ok(tagname=tag.name, userlist=people, partylist=sorted(tag.parties))


def tag_change(call: Call) -> tuple[Tag, dict[str, Member], set[int], Object]:
    """Who is to join or leave a tag, and the answer's lists; 40070 when everything named is invalid."""
    directory = call.world.directory
    tag = tag_of(call, call.body.get("tagid"))
    users, parties = as_strings(call.body.get("userlist")), as_numbers(call.body.get("partylist"))
    if len(users) > 1000 or len(parties) > 100:
        raise WeComError(40035)
    known = {userid.casefold(): member for userid in users if (member := directory.member(userid))}
    groups = {party for party in parties if party in directory.departments}
    if not known and not groups:
        raise WeComError(40070)
    answer = ok()
    strangers = [userid for userid in users if userid.casefold() not in known]
    if strangers:
        answer["invalidlist"] = "|".join(strangers)
    if len(groups) < len(set(parties)):
        answer["invalidparty"] = sorted(set(parties) - groups)
    return tag, known, groups, answer


def tag_add(call: Call) -> Answer:
    """POST tag/addtagusers."""
    tag, members, parties, answer = tag_change(call)
    tag.members.update(members)
    tag.parties |= parties
    return answer


def tag_delete(call: Call) -> Answer:
    """POST tag/deltagusers."""
    tag, members, parties, answer = tag_change(call)
    for key in members:
        tag.members.pop(key, None)
    tag.parties -= parties
    return answer
