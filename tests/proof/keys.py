"""usage: keys.py
Missing, malformed, wrong, revoked, under-scoped and foreign keys on every route: always refused,
in words that tell nothing, without a trace in the store; and the right key is not."""

from answers import wrong_with
from routes import check_coverage, read_routes
from xatad import Tap, WORKSPACE, Xatad, read_answer, store_rows

SCOPES = ("read", "write", "admin")


class Keys:
    def __init__(self, xatad):
        self.xatad = xatad
        self.of = {s: xatad.new_key(s)[1] for s in SCOPES}
        revoked_id, self.revoked = xatad.new_key("admin")
        xatad.revoke(revoked_id)

    def bad_headers(self):
        key = self.of["admin"]
        return {
            "none": None, "empty": "", "only a scheme": "Bearer", "no key": "Bearer ",
            "another scheme": "Basic " + key, "no scheme": key, "an unknown key": "Bearer xata_" + "A" * 40,
            "a key too long": "Bearer " + key + "x", "a key too short": "Bearer " + key[:-1],
            "a key in capitals": "Bearer " + key.upper(), "two keys": "Bearer %s %s" % (key, key),
            "two with a comma": "Bearer %s, Bearer %s" % (key, key),
            "a very long key": "Bearer " + "x" * 9000, "a revoked key": "Bearer " + self.revoked,
            "a quoted key": 'Bearer "%s"' % key, "SQL": "Bearer ' OR 1=1 --",
            "a pattern": "Bearer %", "the hash": "Bearer " + "0" * 64, "bytes": "Bearer \xff\xfe",
        }


def told(answer):
    """All that differs between two answers, but for the time and the request's id."""
    headers = sorted((n, v) for n, v in answer.headers if n.lower() not in ("date", "x-request-id"))
    return answer.status, headers, answer.body


class Refusals:
    """Collects what was wrong over all routes, so that each kind of key is one result."""

    def __init__(self):
        self.wrong, self.count = [], 0

    def expect(self, route, what, answer, status):
        self.count += 1
        problem = wrong_with(answer)
        if answer.status != status or problem:
            self.wrong.append("%s with %s: %r: %s" % (route.name, what, answer, problem))


def ask(client, request, authorization, host=None):
    """With this Authorization header, or none."""
    headers = {"Host": host} if host else {}
    client.key = ""
    if authorization is not None:
        headers["Authorization"] = authorization
    return client.ask(*request, headers=headers)


def check_bad_keys(tap, routes, worlds, keys, client):
    for what, header in keys.bad_headers().items():
        r, answers = Refusals(), set()
        for route in routes:
            if route.public:
                continue
            answer = ask(client, route.request(worlds[route]), header)
            r.expect(route, what, answer, 401)
            answers.add(repr(told(answer)))
        tap.ok(not r.wrong, "%d routes refuse: %s" % (r.count, what), *r.wrong)
        tap.ok(len(answers) == 1, "in the same words everywhere", *answers)
    texts = {repr(told(ask(client, ("GET", "/user", None), h))) for h in keys.bad_headers().values()}
    tap.ok(len(texts) == 1, "and for every reason", *texts)


def check_scopes(tap, routes, worlds, keys, client):
    r = Refusals()
    for route in routes:
        for scope in SCOPES[:SCOPES.index(route.scope)]:
            answer = ask(client, route.request(worlds[route]), "Bearer " + keys.of[scope])
            r.expect(route, scope, answer, 403)
    tap.ok(not r.wrong and r.count > 20, "%d times a scope was too low" % r.count, *r.wrong)


def check_limited(tap, routes, worlds, keys, client):
    """An admin key for another database: the same words, whether the database exists or not."""
    client.key = keys.xatad.key
    client.new_database("other")
    limited = keys.xatad.new_key("admin", "other")[1]
    r = Refusals()
    for route in routes:
        if route.public or route.limited:
            continue
        request = route.request(worlds[route])
        there = ask(client, request, "Bearer " + limited)
        mine = worlds[route].workspace == WORKSPACE
        r.expect(route, "the key of another database", there, 403 if mine else 401)
        absent = (request[0], request[1].replace(worlds[route].db, "nowhere"), request[2])
        gone = ask(client, absent, "Bearer " + limited)
        if told(there) != told(gone):
            r.wrong.append("%s: %r is not %r" % (route.name, there, gone))
    tap.ok(not r.wrong and r.count > 20, "%d routes refuse the key of another database" % r.count,
           *r.wrong)
    for path, what in (("/workspaces/%s/dbs" % WORKSPACE, "databases"),
                       ("/workspaces", "workspaces")):
        shown = ask(client, ("GET", path, None), "Bearer " + limited).json[what]
        tap.equal([d["name"] for d in shown], ["other" if what == "databases" else "default"],
                  "in the list of %s it sees its own" % what)


def check_workspaces(tap, routes, worlds, keys, client):
    """One that is not there, and one that is and yet not the database's."""
    client.key = keys.xatad.key
    foreign = client.must("POST", "/workspaces", {"name": "foreign"})["id"]
    r = Refusals()
    for route in routes:
        if route.public:
            continue
        method, path, body = route.request(worlds[route])
        ws = worlds[route].workspace
        if "{ws}" in route.pattern:
            answer = ask(client, (method, path.replace(ws, "nobody-a1b2c3"), body),
                         "Bearer " + keys.of["admin"])
            r.expect(route, "a workspace that is not there", answer, 401)
            continue
        host = "nobody-a1b2c3.local.localhost"
        answer = ask(client, (method, path, body), "Bearer " + keys.of["admin"], host)
        r.expect(route, "a host of a workspace that is not there", answer, 401)
        if "{db}" in route.pattern:
            answer = ask(client, (method, path, body), "Bearer " + keys.of["admin"],
                         foreign + ".local.localhost")
            as_hosted = "resolveBranch" in path or "gitBranches" in path and method != "DELETE"
            r.expect(route, "the host of another workspace", answer, 400 if as_hosted else 404)
    tap.ok(not r.wrong and r.count > 30, "%d times a workspace was the wrong one" % r.count,
           *r.wrong)


def check_two_headers(tap, keys, xatad):
    """Which of two keys counts is nobody's guess: the request is refused."""
    s = xatad.connect()
    s.sendall(("GET /user HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
               "authorization: Bearer %s\r\n\r\n" % (keys.of["read"], keys.of["admin"])).encode())
    answer = read_answer(s)
    s.close()
    tap.ok(answer.status == 400 and not wrong_with(answer), "two keys are a bad request", answer)


def check_granted(tap, routes, keys, client, xatad):
    """The lowest scope that will do does, and a key that is limited to the database too."""
    wrong = []
    for number, route in enumerate(routes):
        for limited in (False, True):
            client.key = xatad.key
            world = route.world(client, "granted%d%d" % (number, limited))
            if limited and ("{db}" not in route.pattern or route.pattern.endswith("/rename")):
                continue
            key = xatad.new_key(route.scope, world.db)[1] if limited else keys.of[route.scope]
            route.prepare(world)
            answer = ask(client, route.request(world), "Bearer " + key)
            if limited and route.name == "PUT /workspaces/{ws}/dbs/{db}":
                # Its database was deleted for this, and the key ended with it.
                if answer.status != 401:
                    wrong.append("the key of a deleted database: %r" % answer)
            elif answer.status not in (200, 201, 204) or wrong_with(answer):
                wrong.append("%s, limited: %s: %r %s" % (route.name, limited, answer,
                                                        wrong_with(answer)))
    tap.ok(not wrong, "every route serves the lowest key that may use it", *wrong)


def main():
    tap = Tap()
    xatad = Xatad("keys", plain=True).start()
    client = xatad.client()
    routes = check_coverage(tap, read_routes())
    keys = Keys(xatad)
    worlds = {r: r.world(client, "world%d" % i) for i, r in enumerate(routes)}
    before = store_rows(xatad.dir)
    check_bad_keys(tap, routes, worlds, keys, client)
    check_scopes(tap, routes, worlds, keys, client)
    check_two_headers(tap, keys, xatad)
    tap.ok(store_rows(xatad.dir) == before, "and the store is as it was, row by row")
    check_limited(tap, routes, worlds, keys, client)
    check_workspaces(tap, routes, worlds, keys, client)
    check_granted(tap, routes, keys, client, xatad)
    client.close()
    tap.equal(xatad.stop(), 0, "xatad ends in good order")
    with open(xatad.log) as f:
        log = f.read()
    shown = [k for k in list(keys.of.values()) + [keys.revoked, xatad.key] if k in log]
    tap.equal(shown, [], "no key is in the log")
    tap.done()


if __name__ == "__main__":
    main()
