"""Values for every place of a request, most of them hostile."""

from __future__ import annotations

# Stands in hostile values: no error may repeat it.
MARK = "zq0mark"
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]
NUMBERS = [
    "0", "1", "2", "-1", "1.5", "1e9", "+1", "\u0661", "²", " 1", "0x1", "9" * 18,
    "9223372036854775807",
    "9223372036854775808", "9" * 4300, "9" * 4301, "", "NaN", "1_0", "1\x00", f"{MARK}",
]  # fmt: skip
TEXTS = [
    "", " ", "words", "\x00", "\ud800", "\ufeff", "\u202e", "🙂" * 4000, "x" * 4001, "a\r\nb",
    "`" * 4000, "*a\n\n" * 1000, "http://a.b " * 363, "<script>", "'\"&;--", "%", "%s%n", "{{7*7}}",
    "../../etc/passwd", "\u0085", "\u2028", "é" * 60, "\uffff", f"{MARK}",
]  # fmt: skip
HEADERS: dict[str, list[str]] = {
    "Host": ["x", "", "a b", "x:99999", "[::1", "[::1]:80", "x" * 5000, "evil.example", "é"],
    "Content-Type": [
        "application/json", "application/x-www-form-urlencoded", "text/plain", "", ";",
        "a/b;" * 900,
        f"application/json; charset*{'9' * 4400}=x", "application/json; charset=utf-7",
        "application/json;charset=utf8", 'APPLICATION/JSON ; charset="UTF-8"',
    ],
    "Content-Length": ["0", "1", "-1", "9" * 30, "1, 1", "+1", "0x10", " 5", "65537", ""],
    "Content-Encoding": ["gzip", "br", "identity", "deflate, gzip", "\xff"],
    "Transfer-Encoding": ["chunked", "Chunked, gzip", "identity", "xchunked", "chunked, chunked"],
    "Expect": ["100-continue", "a\xff", "100-Continue", f"{MARK}", ""],
    "Accept": ["*/*", "application/json", "text/html;q=x", "," * 2000, "é"],
    "Accept-Encoding": ["gzip;q=0", "br", "zstd, gzip", "*", "q=" * 2000, "\xff"],
    "Accept-Language": ["ru", "ru;q=nan,en;q=inf", "en-" * 2000, "*", "\xff"],
    "Cookie": [
        "key=0123456789abcdef", "seen=99999999999999999", "seen=²", "link=1.0123456789abcdef",
        "a=b; " * 1500,
        f"link={'9' * 18}.{'x' * 128}", "mine=1-1.2-2", "language=ru", "=;=;",
        'key="\\377"', "\xff",
    ],
    "If-None-Match": ["*", '"x"', 'W/"' + "x" * 8000, "\xff"],
    "If-Modified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"],
    "Range": ["bytes=0-1", "bytes=-", "bytes=9-1,0-", "x"],
    "Origin": ["null", "http://x", "http://[", "http://x:99999999", "é", f"http://{MARK}.example"],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "none", "x"],
    "Last-Event-ID": ["0", "1", "9" * 4400, "-1", "²", "x"],
    "X-Forwarded-For": ["1.2.3.4", "unknown", ",,,", "[::1", "1.2.3.4:x", "\xff", "1," * 3000],
    "X-Forwarded-Proto": ["https", "http,https", "\xff"],
    "Forwarded": ['for="[::1]:x"', "for=;;,=", '"' * 3000],
    "Connection": ["close", "keep-alive", "Upgrade", "Host, close"],
    "Upgrade": ["websocket", "h2c"],
    "Referer": ["http://x/", "\xff"],
    "User-Agent": ["", "x" * 7000, "\xff"],
    f"X-{MARK}": ["y", "\xff" * 100],
}  # fmt: skip
FIELDS = [
    "text", "name", "nonce", "key", "reply_to", "thread", "kind", "off", "on", "id", "q", "order",
    "before", "after", "limit", "lang", "theme", "audience", "reader", "time", "threads", f"{MARK}",
]  # fmt: skip
# The fields of the forms and methods of the team, by the ends of their paths.
FORMS = {
    "/decide": ["oldest", "newest", "seen", "action"],
    "/undo": ["decision"],
    "/ban": ["oldest", "newest", "days", "refuses"],
    "/law": ["oldest", "newest", "ground", "asked_by", "sure"],
    "/erase/{id}": ["sure"],
    "/words": ["word", "refuses"],
    "/try": ["word", "refuses"],
    "/words/remove": ["word"],
    "/rules": ["mode", "outside", "from", "to", "time_zone", "slow_seconds", "close_days", "links"],
    "/threads": ["thread", "mode", "outside", "from", "to", "slow_seconds", "reports"],
    "/threads/remove": ["thread"],
    "/brake": ["level", "minutes"],
    "/notices": ["thread", "text"],
    "/sign-in": ["code", "next", "passkey"],
    "/passkeys": ["passkey", "name"],
    "/code": ["name", "role"],
    "/role": ["role"],
    "/token": ["name"],
    ".approve": ["ids", "until"], ".remove": ["ids", "spam", "ground"], ".keep": ["ids"],
    ".ban": ["id", "days", "refuses"], ".lift": ["id"], ".undo": ["decision"],
    ".pin": ["id", "on"], ".lock": ["id", "on"], ".notice": ["thread", "text"],
    ".rule": ["thread", "mode", "slow_seconds", "close_days", "links", "reports", "time_zone"],
    ".add_word": ["word", "refuses"], ".remove_word": ["word"], ".brake": ["level", "minutes"],
}  # fmt: skip
# What a field of these has in most requests, so that they get further than its check.
RIGHT: dict[str, list[str]] = {
    "oldest": ["1", "2"], "newest": ["1", "2"], "seen": ["1", "9"], "decision": ["1", "2"],
    "id": ["1", "2"], "reply_to": ["1"], "message": ["1", "2"],
    "action": ["approve", "remove", "keep", "pin", "lock"], "days": ["1", "7", "30"],
    "mode": ["open", "first"], "outside": ["open", "all"], "from": ["08:00"], "to": ["22:00"],
    "time_zone": ["Europe/Moscow", "none"], "slow_seconds": ["0"], "links": ["show", "plain"],
    "level": ["0", "1"], "minutes": ["1"], "sure": ["yes"], "role": ["owner", "moderator"],
    "ground": ["words"], "word": ["words"], "refuses": ["1"], "ids": ["[1, 2]"], "name": ["words"],
    "kind": ["love", "spam"], "key": ["0123456789abcdef"], "text": ["words"],
}  # fmt: skip
# The lists of the desk, in its paths.
LISTS = ["waiting", "reported", "wall", "removed", "search"]
# What is for the team, and what would end the session or the token of the requests.
TEAMS, ENDS = ("/owner", "/api/moderation."), ("/sign-out", "/sign-in", "/revoke", "/leave")
