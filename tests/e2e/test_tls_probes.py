"""Probes over TLS with authorities, certificates and names of their own."""

import datetime
import os
import ssl
import unittest

import probe_case
from prober_driver import HTTP, REDIS
from servers import real, scripted

setUpModule = probe_case.set_up
tearDownModule = probe_case.tear_down


class TlsCase(probe_case.ProbeCase):
    """The prober trusts nobody but the certificate of the module."""

    def certificate(self, *arguments):
        return real.Certificate(probe_case.directory, *arguments)

    def server(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path, certificate.key)
        return self.serve(scripted.say(b"HTTP/1.1 204 OK\r\n\r\n"), tls=context)

    def nginx(self, certificate, extra=""):
        where = os.path.join(probe_case.directory, self.id())
        os.makedirs(where)
        return self.start(real.Nginx, where, certificate, extra=extra)

    def expect_files(self, name, kind, *words, ca=None, certificate=None, key=None, **fields):
        paths = [ca, certificate, key]
        opened = [open(path) for path in paths if path is not None]
        mask = sum(1 << i for i, path in enumerate(paths) if path is not None)
        try:
            return self.expect(name, kind, *words, files=[f.fileno() for f in opened], tls_files=mask, **fields)
        finally:
            for f in opened:
                f.close()

    def https(self, name, port, *words, host="127.0.0.1", path="/", **fields):
        return self.expect_files(name, HTTP, *words, url="https://%s:%d%s" % (host, port, path), **fields)


class Authorities(TlsCase):
    def test_authorities_of_its_own_instead_of_the_systems(self):
        other = self.certificate()
        port = self.server(other).port
        self.https("tls", port, "not signed by an authority")
        self.https("ok", port, ca=other.path)
        self.https("tls", port, "not signed by an authority", ca=probe_case.certificate.path)

    def test_any_certificate_will_do(self):
        far = self.certificate("DNS:elsewhere.example", ("20200101000000Z", "20210101000000Z"))
        port = self.server(far).port
        self.https("tlsname", port, "another name", ca=far.path)
        self.https("ok", port, insecure=True)
        self.https("tlsname", port)

    def test_files_that_are_none(self):
        port = self.server(probe_case.certificate).port
        self.https("tls", port, "holds no certificate", ca=probe_case.certificate.key)
        self.https("tls", port, "no private key", certificate=probe_case.certificate.path)
        other = self.certificate()
        self.https("tls", port, "not the one of its certificate", certificate=other.path, key=probe_case.certificate.key)
        self.https("tls", port, "empty, no regular file", ca="/dev/null")

    def test_sessions_are_not_resumed(self):
        other = self.certificate()
        port = self.nginx(other).tls_port
        self.https("ok", port, ca=other.path, path="/health")
        self.https("tls", port, path="/health")


class Names(TlsCase):
    def test_a_name_of_the_server(self):
        named = self.certificate("DNS:api.example")
        nginx = self.nginx(named)
        self.https("tlsname", nginx.tls_port, "another name", ca=named.path, path="/health")
        self.https("ok", nginx.tls_port, ca=named.path, path="/health", server_name="api.example")
        self.https("ok", nginx.tls_port, ca=named.path, path="/health", server_name="api.example", host="localhost")
        self.https("tlsname", nginx.tls_port, ca=named.path, path="/health", server_name="web.example")
        redis = self.start(real.Redis, probe_case.directory, certificate=named)
        self.expect_files("ok", REDIS, ca=named.path, host="127.0.0.1", port=redis.port, tls=True,
                          server_name="api.example")


class Dates(TlsCase):
    def days(self, days, expiry_days):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)
        soon = self.certificate("IP:127.0.0.1", ("20200101000000Z", end.strftime("%Y%m%d%H%M%SZ")))
        return self.https("ok", self.server(soon).port, ca=soon.path, expiry_s=expiry_days * 86400).certificate_days

    def test_a_certificate_that_ends_soon_is_counted(self):
        self.assertEqual(self.days(5, 14), 5)
        self.assertEqual(self.days(0, 14), 1)
        self.assertEqual(self.days(15, 14), 0)
        self.assertEqual(self.days(5, 0), 0)


class Clients(TlsCase):
    def test_nginx_wants_a_certificate(self):
        client = self.certificate()
        nginx = self.nginx(probe_case.certificate, "ssl_verify_client on; ssl_client_certificate %s;" % client.path)
        self.https("tls", nginx.tls_port, "wants a client certificate", path="/health")
        self.https("ok", nginx.tls_port, path="/health", certificate=client.path, key=client.key)
        both = os.path.join(probe_case.directory, "both.pem")
        with open(both, "w") as f:
            f.write(open(client.key).read() + open(client.path).read())
        self.https("ok", nginx.tls_port, path="/health", certificate=both)

    def test_redis_wants_a_certificate(self):
        server = self.start(real.Redis, probe_case.directory, "--tls-auth-clients", "yes",
                            certificate=probe_case.certificate)
        target = dict(host="127.0.0.1", port=server.port, tls=True)
        verdict = self.prober.probe(REDIS, **target)
        self.assertIn(verdict.name, ("tls", "reset"))
        self.assertIn("client certificate", verdict.text)
        self.expect_files("ok", REDIS, "PONG", certificate=probe_case.certificate.path, key=probe_case.certificate.key,
                          **target)

    def test_a_redirect_elsewhere_is_shown_no_certificate(self):
        client = self.certificate()
        nginx = self.nginx(probe_case.certificate, "ssl_verify_client on; ssl_client_certificate %s;" % client.path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(probe_case.certificate.path, probe_case.certificate.key)
        away = "HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: https://127.0.0.1:%d/health\r\n\r\n" % nginx.tls_port
        here = self.serve(scripted.say(away.encode()), tls=context)
        self.https("tls", here.port, "wants a client certificate", certificate=client.path, key=client.key, redirects=1)


if __name__ == "__main__":
    unittest.main()
