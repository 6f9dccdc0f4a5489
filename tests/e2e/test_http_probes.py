"""What a probe sends to a web server and expects of its answer: headers, bodies, redirects, proxies."""

import json
import os
import socket
import threading
import unittest

import probe_case
from prober_driver import WEBSOCKET
from servers import real, scripted

setUpModule = probe_case.set_up
tearDownModule = probe_case.tear_down


class Web(scripted.Scripted):
    """Answers with @answer(head, body) and keeps what was asked."""

    def __init__(self, answer):
        self.asked = []
        self.answer = answer
        super().__init__(self._talk)

    def _talk(self, connection):
        head, body = read_request(connection)
        self.asked.append((head, body))
        connection.sendall(self.answer(head, body))


def read_request(connection):
    raw = b""
    while b"\r\n\r\n" not in raw:
        more = connection.recv(65536)
        if not more:
            raise OSError("no request")
        raw += more
    head, body = raw.split(b"\r\n\r\n", 1)
    head = head.decode()
    length = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    while length and len(body) < int(length[0]):
        body += connection.recv(65536)
    return head, body.decode()


def reply(status="200 OK", body=b"", *headers):
    lines = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body)] + list(headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class HttpCase(probe_case.ProbeCase):
    def web(self, answer):
        server = Web(answer if callable(answer) else lambda head, body: answer)
        self.addCleanup(server.close)
        return server


class Request(HttpCase):
    def test_a_request_as_stated_and_the_same_on_every_attempt(self):
        web = self.web(reply())
        for _ in range(2):
            self.http("ok", web.port, method="PUT", body='{"a": 1}', headers="X-One: 1\nHost: example.org\nX-Empty:")
        for head, body in web.asked:
            lines = head.split("\r\n")
            self.assertEqual(lines[0], "PUT / HTTP/1.1")
            self.assertEqual(body, '{"a": 1}')
            self.assertLessEqual({"X-One: 1", "Host: example.org", "X-Empty:"}, set(lines))
            self.assertEqual([line for line in lines if line.lower().startswith(("content-type", "host", "expect"))],
                             ["Host: example.org"])
        self.assertEqual(len(web.asked), 2)

    def test_a_body_is_posted(self):
        web = self.web(reply())
        self.http("ok", web.port, body="x=1", headers="Content-Type: text/plain")
        self.http("ok", web.port, method="POST")
        self.http("ok", web.port, method="GET", body="{}")
        self.assertEqual([(head.split(" ")[0], body) for head, body in web.asked],
                         [("POST", "x=1"), ("POST", ""), ("GET", "{}")])
        self.assertIn("Content-Type: text/plain", web.asked[0][0])
        self.assertIn("Content-Length: 0", web.asked[1][0])

    def test_head_waits_for_no_body(self):
        web = self.web(reply("200 OK", b"", "Content-Length: 1000"))
        verdict = self.http("ok", web.port, "HTTP 200", method="HEAD", timeout_ms=4000)
        self.assertLess(verdict.elapsed_us, 2_000_000)
        self.assertTrue(web.asked[0][0].startswith("HEAD / "))

    def test_headers_of_a_handshake(self):
        web = self.web(reply("403 No"))
        self.expect("status", WEBSOCKET, "HTTP 403", url="ws://127.0.0.1:%d/" % web.port, headers="Origin: http://a")
        self.assertIn("Origin: http://a", web.asked[0][0].split("\r\n"))
        self.assertIn("\r\nSec-WebSocket-Key: ", web.asked[0][0])


class Expectations(HttpCase):
    def test_headers(self):
        web = self.web(reply("200 OK", b"", "X-Ready: no", "x-ready: yes", "Server: a"))
        self.http("ok", web.port, expect_headers='{"X-READY": {"regex": "^yes$"}, "server": "a"}')
        self.http("content", web.port, 'the header X-Ready does not contain "never"', expect_headers='{"X-Ready": "never"}')
        self.http("content", web.port, "there is no header X-Away", expect_headers='{"X-Away": "a"}')
        interim = self.web(b"HTTP/1.1 103 Early\r\nX-Ready: yes\r\n\r\n" + reply())
        self.http("content", interim.port, "there is no header", expect_headers='{"X-Ready": "yes"}')

    def test_bodies(self):
        web = self.web(reply("200 OK", b'{"status": "starting", "checks": [{"ok": true}]}'))
        self.http("ok", web.port, expect_body='"starting"')
        self.http("ok", web.port, expect_body='{"json": {"/checks/0/ok": true}}')
        self.http("content", web.port, '/status of the body is "starting", expected "up"',
                  expect_body='{"json": {"/status": "up"}}')
        self.http("content", web.port, 'does not contain "never"', expect_body='"never"')
        self.http("status", web.port, "expected 204", expect_body='"never"', status=(204, 204))

    def test_a_body_in_pieces_and_without_a_length(self):
        def pieces(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nre\r\n")
            connection.sendall(b"3\r\nady\r\n0\r\n\r\n")
            scripted.drain(connection)

        def closing(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nre")
            connection.sendall(b"ady")

        for script in (pieces, closing):
            self.http("ok", self.serve(script).port, expect_body='{"regex": "^ready$"}')

    def test_what_lies_beyond_the_limit_is_not_looked_at(self):
        limit = 64 * 1024
        self.http("ok", self.web(reply("200 OK", b"x" * (limit - 2) + b"ok")).port, expect_body='"ok"')
        self.http("content", self.web(reply("200 OK", b"x" * (limit - 1) + b"ok")).port, "first 64 KiB", expect_body='"ok"')

    def test_an_answer_that_repeats_the_request_is_not_quoted(self):
        def answer(head, body):
            told = [line for line in head.split("\r\n") if line.startswith(("GET", "X-Token", "Authorization"))]
            return reply("200 OK", json.dumps({"head": told[::-1], "body": body}).encode())

        echo = self.web(answer)
        expect = '{"json": {"/%s": "x"}}'
        cases = [dict(headers="X-Token: s3cr3t-t0ken", expect_body=expect % "head"),
                 dict(host="user:s3cr3t-pw@127.0.0.1", expect_body=expect % "head"),
                 dict(body="s3cr3t body", expect_body=expect % "body"),
                 dict(path="/?token=s3cr3t", expect_body=expect % "head")]
        for case in cases:
            verdict = self.http("content", echo.port, "not as expected", **case)
            self.assertNotIn("s3cr3t", verdict.text)
            self.assertNotIn("Basic", verdict.text)


class Redirects(HttpCase):
    def to(self, location, status="302 Found"):
        return reply(status, b"moved", "Location: " + location)

    def test_within_the_server(self):
        def answer(head, body):
            return reply() if head.split(" ")[1] == "/there?x=1" else self.to("there?x=1")

        web = self.web(answer)
        host = "user:s3cr3t@127.0.0.1"
        self.http("ok", web.port, "HTTP 200", host=host, redirects=1, headers="X-Own: 1", path="/here", status=(200, 200))
        self.assertEqual(len(web.asked), 2)
        for head, _ in web.asked:
            self.assertIn("X-Own: 1", head)
            self.assertIn("Authorization: Basic", head)

    def test_nothing_confidential_goes_elsewhere(self):
        there = self.web(reply())
        for status in ("302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            here = self.web(self.to("http://x:y@127.0.0.1:%d/there" % there.port, status))
            self.http("ok", here.port, host="user:s3cr3t@127.0.0.1", redirects=3, headers="X-Own: s3cr3t",
                      body="s3cr3t", status=(200, 200))
            self.assertIn("X-Own: s3cr3t", here.asked[0][0])
        self.assertEqual(len(there.asked), 3)
        for head, body in there.asked:
            self.assertTrue(head.startswith("GET /there "), head)
            self.assertNotIn("X-Own", head)
            self.assertNotIn("Authorization", head)
            self.assertEqual(body, "")

    def test_elsewhere_and_back_is_still_elsewhere(self):
        def back(head, body):
            return self.to("http://127.0.0.1:%d/back" % here.port)

        there = self.web(back)
        here = self.web(lambda head, body: reply() if "/back" in head.split("\r\n")[0]
                        else self.to("http://127.0.0.1:%d/" % there.port))
        self.http("ok", here.port, redirects=2, headers="X-Own: 1", host="user:s3cr3t@127.0.0.1", status=(200, 200))
        self.assertNotIn("X-Own", here.asked[1][0])
        self.assertNotIn("Authorization", here.asked[1][0])

    def test_methods(self):
        for status, method, then in (("303 See", "PUT", "GET"), ("302 Found", "POST", "GET"), ("302 Found", "PUT", "PUT"),
                                     ("307 T", "POST", "POST"), ("303 See", "HEAD", "HEAD")):
            web = self.web(lambda head, body: reply() if "/there" in head else self.to("/there", status))
            self.http("ok", web.port, redirects=1, method=method, body="b", status=(200, 200))
            head, body = web.asked[1]
            self.assertEqual((head.split(" ")[0], body), (then, "b" if then in ("PUT", "POST") else ""))

    def test_loops_and_dead_ends(self):
        loop = self.web(self.to("/again"))
        self.http("status", loop.port, "HTTP 302, after 3 redirects", redirects=3)
        self.assertEqual(len(loop.asked), 4)
        for location in ("file:///etc/passwd", "gopher://127.0.0.1/", "http://", "ws://127.0.0.1/"):
            self.http("status", self.web(self.to(location)).port, "no HTTP URL", redirects=3)
        closed = scripted.unused_port()
        self.http("refused", self.web(self.to("http://127.0.0.1:%d/" % closed)).port, str(closed), redirects=3)
        endless = self.serve(scripted.endless(b"HTTP/1.1 302 F\r\nLocation: /\r\n\r\n", b"x" * 65536))
        self.http("status", endless.port, "after 2 redirects", redirects=2, timeout_ms=8000)


class Proxy(scripted.Scripted):
    """Does CONNECT, and answers everything else itself."""

    def __init__(self, status="200 Connected"):
        self.asked = []
        self.status = status
        super().__init__(self._talk)

    def _talk(self, connection):
        head, _ = read_request(connection)
        self.asked.append(head.split("\r\n"))
        method, target = head.split(" ")[:2]
        if method != "CONNECT":
            connection.sendall(reply("203 By proxy"))
            return
        connection.sendall(("HTTP/1.1 %s\r\n\r\n" % self.status).encode())
        if self.status.startswith("200"):
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as far:
                thread = threading.Thread(target=pump, args=(far, connection), daemon=True)
                thread.start()
                pump(connection, far)
                thread.join()


def pump(source, sink):
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxies(HttpCase):
    def proxy(self, *arguments):
        server = Proxy(*arguments)
        self.addCleanup(server.close)
        return server

    def url(self, proxy, login=""):
        return "http://%s127.0.0.1:%d" % (login, proxy.port)

    def test_http_asks_the_proxy(self):
        proxy = self.proxy()
        self.http("ok", 80, "HTTP 203", host="nowhere.invalid", proxy=self.url(proxy, "me:s3cr3t@"))
        self.assertEqual(proxy.asked[0][0], "GET http://nowhere.invalid/ HTTP/1.1")
        self.assertTrue(any(line.startswith("Proxy-Authorization: Basic ") for line in proxy.asked[0]))

    def test_the_rest_goes_through_a_tunnel(self):
        where = os.path.join(probe_case.directory, "proxied")
        os.makedirs(where)
        nginx = self.start(real.Nginx, where, probe_case.certificate)
        websocket = self.start(real.WebSocket)
        proxy = self.proxy()
        self.http("ok", nginx.tls_port, "HTTP 200", scheme="https", path="/health", proxy=self.url(proxy))
        self.ws("ok", websocket.port, proxy=self.url(proxy))
        self.tcp("ok", nginx.port, proxy=self.url(proxy))
        self.assertEqual([lines[0].split(" ")[0] for lines in proxy.asked], ["CONNECT"] * 3)

    def test_a_proxy_in_trouble(self):
        self.tcp("unreachable", 1, "the proxy answers HTTP 502", proxy=self.url(self.proxy("502 Bad")))
        self.tcp("noauth", 1, "HTTP 407", proxy=self.url(self.proxy("407 Who")))
        self.tcp("refused", 1, proxy="http://127.0.0.1:%d" % scripted.unused_port())
        verdict = self.tcp("resolve", 1, "the proxy", proxy="http://me:s3cr3t@nowhere.invalid:80", timeout_ms=8000)
        self.assertNotIn("s3cr3t", verdict.text)


if __name__ == "__main__":
    unittest.main()
