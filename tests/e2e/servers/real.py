"""Redis, nginx and a WebSocket server, as Debian packages them, on ports of their own."""

import os
import shutil
import socket
import subprocess
import sys
import time

from servers.scripted import unused_port

START_LIMIT_S = 10


def wait_for_port(port, process):
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise RuntimeError("a test server ended with %d" % process.returncode)
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                # Polling a closed local port sooner or later connects the socket to itself.
                if s.getsockname() != s.getpeername():
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("a test server does not listen on port %d" % port)


class Process:
    def __init__(self, port, argv):
        self.port = port
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_for_port(port, self.process)

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class Redis(Process):
    """@options are command line arguments, or whole lines of the configuration file ("user app on ...")."""

    def __init__(self, directory, *options, certificate=None):
        port = unused_port()
        argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory,
                "--daemonize", "no"]
        if certificate is not None:
            argv[1:3] = ["--port", "0", "--tls-port", str(port), "--tls-cert-file", certificate.path,
                         "--tls-key-file", certificate.key, "--tls-ca-cert-file", certificate.path,
                         "--tls-auth-clients", "no"]
        lines = [option for option in options if " " in option and not option[0].isdigit()]
        path = os.path.join(directory, "redis-%d.conf" % port)
        with open(path, "w") as f:
            f.writelines(line + "\n" for line in lines)
        argv.insert(1, path)
        super().__init__(port, argv + [option for option in options if option not in lines])


NGINX = """
daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
    uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols {protocols}; {extra}
        location /health {{ return 200 "ok\\n"; }}
        location /away {{ return 302 http://nowhere.invalid/login; }}
        location /missing {{ return 404; }}
        location /down {{ return 503; }}
        location /nothing {{ return 204; }}
        location /private {{ if ($http_authorization != "Basic dXNlcjpzM2NyM3Q=") {{ return 401; }} return 200; }}
        location /agent {{ if ($http_user_agent !~ "^muster") {{ return 400; }} return 200; }}
    }}
}}
"""


class Nginx(Process):
    def __init__(self, directory, certificate, protocols="TLSv1.2 TLSv1.3", extra=""):
        self.tls_port = unused_port()
        port = unused_port()
        while port == self.tls_port:
            port = unused_port()
        path = os.path.join(directory, "nginx.conf")
        with open(path, "w") as f:
            f.write(NGINX.format(directory=directory, port=port, tls_port=self.tls_port, certificate=certificate.path,
                                 key=certificate.key, protocols=protocols, extra=extra))
        super().__init__(port, [shutil.which("nginx") or "/usr/sbin/nginx", "-c", path, "-p", directory])


class WebSocket(Process):
    def __init__(self, certificate=None):
        port = unused_port()
        script = os.path.join(os.path.dirname(__file__), "websocket_echo.py")
        argv = [sys.executable, script, str(port)]
        if certificate is not None:
            argv += [certificate.path, certificate.key]
        super().__init__(port, argv)


class Grpc(Process):
    """@status is a number of ServingStatus, or "none": see grpc_health.py."""

    def __init__(self, status, certificate=None):
        port = unused_port()
        script = os.path.join(os.path.dirname(__file__), "grpc_health.py")
        argv = [sys.executable, "-I", script, str(port), str(status)]
        if certificate is not None:
            argv += [certificate.path, certificate.key]
        super().__init__(port, argv)


class Certificate:
    """Self-signed, for @names (subjectAltName entries), in @directory."""

    count = 0

    def __init__(self, directory, names="IP:127.0.0.1,DNS:localhost", dates=()):
        Certificate.count += 1
        self.path = os.path.join(directory, "cert%d.pem" % Certificate.count)
        self.key = os.path.join(directory, "key%d.pem" % Certificate.count)
        request = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-keyout", self.key, "-subj", "/CN=muster test"]
        if dates:
            self._sign_with_dates(directory, request, names, dates)
        else:
            run(request + ["-x509", "-days", "2", "-addext", "subjectAltName=" + names, "-out", self.path])
        os.chmod(self.key, 0o644)

    def _sign_with_dates(self, directory, request, names, dates):
        """`openssl ca` is what can state both dates in OpenSSL 3.0."""
        base = os.path.join(directory, "ca%d" % Certificate.count)
        os.makedirs(base)
        open(os.path.join(base, "index"), "w").close()
        with open(os.path.join(base, "ca.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\n"
                    "policy=p\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=%s\n" % (base, base, names))
        run(request + ["-out", base + "/request.pem"])
        run(["openssl", "ca", "-batch", "-selfsign", "-config", base + "/ca.cnf", "-keyfile", self.key,
             "-in", base + "/request.pem", "-startdate", dates[0], "-enddate", dates[1], "-extensions", "x",
             "-notext", "-out", self.path])


def run(argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
