"""PostgreSQL and MariaDB, as Debian packages them, in folders and on ports of their own. They do not run as root."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from servers.real import START_LIMIT_S, wait_for_port
from servers.scripted import unused_port

NOBODY = 65534

# Setting up a database writes some hundred files; the first start of MariaDB on a slow machine recovers and creates more.
SETUP_LIMIT_S = 120


def unprivileged():
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def run(argv, **options):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SETUP_LIMIT_S, **options)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (argv[0], done.stdout.decode(errors="replace")[-2000:]))


def private_folder(directory, name):
    path = os.path.join(directory, name)
    os.mkdir(path, 0o700)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    return path


class Server:
    def start(self, argv, **options):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, cwd=self.folder, **options)

    def close(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, self.stop_signal)
            self.process.wait(SETUP_LIMIT_S)


class Postgres(Server):
    """@rules are lines of pg_hba.conf, @options further words of the command line. Its superuser is "postgres"."""

    stop_signal = signal.SIGINT  # "fast": clients are thrown out

    def __init__(self, directory, rules=("local all all trust", "host all all 127.0.0.1/32 trust"), options=()):
        self.bin = os.path.dirname(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1])
        self.folder = private_folder(directory, "postgres")
        self.data = os.path.join(self.folder, "data")
        self.port = unused_port()
        self.socket = os.path.join(self.folder, ".s.PGSQL.%d" % self.port)
        self.options = list(options)
        run([self.bin + "/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale"],
            cwd=self.folder, **unprivileged())
        self.allow(rules)
        # The socket's folder has to be open to the prober's user, who may be another.
        os.chmod(self.folder, 0o711)

    def allow(self, rules):
        with open(os.path.join(self.data, "pg_hba.conf"), "w") as f:
            f.writelines(rule + "\n" for rule in rules)

    def launch(self):
        self.start([self.bin + "/postgres", "-D", self.data, "-p", str(self.port), "-k", self.folder,
                    "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"] + self.options, **unprivileged())

    def up(self):
        self.launch()
        wait_for_port(self.port, self.process)
        limit = time.monotonic() + START_LIMIT_S
        while subprocess.run([self.bin + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                             check=False).returncode != 0:
            if time.monotonic() > limit:
                raise RuntimeError("PostgreSQL takes no clients")
            time.sleep(0.02)
        return self


HOSTS = "127.0.0.1 localhost\n127.0.0.3 elsewhere\n"


class MariaDB(Server):
    """Knows the user app, password s3cr3t. Has a hosts file of its own, in which 127.0.0.3 is another host."""

    stop_signal = signal.SIGTERM

    def __init__(self, directory, options=()):
        self.folder = private_folder(directory, "mariadb")
        self.data = os.path.join(self.folder, "data")
        self.port = unused_port()
        self.socket = os.path.join(self.folder, "mysqld.sock")
        self.options = list(options)
        hosts = self.file("hosts", HOSTS)
        self.users = self.file("users.sql", "CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY 's3cr3t';\n")
        self.prefix = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"]) + [
            "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts]
        if os.geteuid() == 0:
            self.prefix += ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
        run(["mariadb-install-db", "--no-defaults", "--datadir=" + self.data, "--auth-root-authentication-method=normal",
             "--skip-test-db"], cwd=self.folder, **unprivileged())
        os.chmod(self.folder, 0o711)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(content)
        os.chmod(path, 0o644)
        return path

    def up(self):
        self.start(self.prefix + [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults",
                                  "--datadir=" + self.data, "--port=%d" % self.port, "--bind-address=127.0.0.1",
                                  "--socket=" + self.socket, "--init-file=" + self.users,
                                  "--pid-file=" + self.folder + "/pid", "--innodb-flush-log-at-trx-commit=0",
                                  "--innodb-buffer-pool-size=8M"] + self.options)
        wait_for_port(self.port, self.process)
        return self

    def query(self, port, sql="SELECT 6 * 7"):
        """As an ordinary client does; what it says."""
        done = subprocess.run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(port), "-u", "app", "-N", "-e", sql],
                              env={**os.environ, "MYSQL_PWD": "s3cr3t"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.stdout.decode(errors="replace").strip()


class Relay:
    """Passes connections on to 127.0.0.1:@port, as a client at @source: loopback's own address is an exception everywhere."""

    def __init__(self, port, source):
        self.target, self.source = ("127.0.0.1", port), (source, 0)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target, 30, source_address=self.source)
            except OSError:
                return
            server.settimeout(None)
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    @staticmethod
    def _copy(a, b):
        try:
            while chunk := a.recv(65536):
                b.sendall(chunk)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
