"""harness - start muster and the servers around it, and look at everything they wrote.

Rules of these tests: no sleep stands for "by now it will have happened" (wait for a condition with a deadline instead), no
exact times, no process is signalled that the test did not start, and never the pids 0, 1 or -1.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUSTER = pathlib.Path(os.environ.get("MUSTER", ROOT / "build" / "muster")).resolve()
# A build that ends with a report where it does what C does not define; and that is slower.
SANITIZED = MUSTER.exists() and b"__asan_init" in MUSTER.read_bytes()
STACK = ROOT / "compose" / "stack"
PYTHON = "/usr/bin/python3"
# Not the caller's: one with folders that others may not read gives other errors for commands that are not there.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Nothing takes this long; a test that waits this long has found something. Generous, since machines are busy.
PATIENCE_S = float(os.environ.get("MUSTER_TEST_PATIENCE", "30"))

EXIT_USAGE = 64
EXIT_MANIFEST = 65
EXIT_DEPENDENCY = 69
EXIT_NO_STATE = 73
EXIT_LOCKED = 75
EXIT_STEP = 76
EXIT_TEST = 77
EXIT_CONFIG = 78


def eventually(condition, what, timeout=PATIENCE_S):
    """Wait until condition() is true and return what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s in vain: {what}")
        time.sleep(0.005)


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on. Below the range that the kernel gives to outgoing connections."""
    start = 20000 + (os.getpid() * 37 + free_ports.calls * 101) % 12000
    free_ports.calls += 1
    found = []
    for port in list(range(start, 32000)) + list(range(20000, start)):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                s.bind(("127.0.0.1", port))
                found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


free_ports.calls = 0


def schema_problems(document):
    """Where a status document is not as docs/status.schema.json describes it."""
    if schema_problems.validator is None:
        schema = json.loads((ROOT / "docs" / "status.schema.json").read_text())
        schema_problems.validator = jsonschema.validators.validator_for(schema)(schema)
    return [f"/{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in schema_problems.validator.iter_errors(document)]


schema_problems.validator = None


def send_signal(pid, number):
    """kill(2) that cannot hit more than one process of ours."""
    assert pid > 1, f"refusing to signal {pid}"
    os.kill(pid, number)


def read_proc(pid, name):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    return b""


def parent_of(pid):
    stat = read_proc(pid, "stat")
    # The name in parentheses may hold anything, so count from its end.
    return int(stat[stat.rfind(b")") + 2 :].split()[1]) if stat else 0


def state_of(pid):
    """R, S, Z, ...; empty when there is no such process."""
    stat = read_proc(pid, "stat")
    return stat[stat.rfind(b")") + 2 :].split()[0].decode() if stat else ""


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children_of(pid):
    return [p for p in all_pids() if parent_of(p) == pid]


def descendants_of(pid):
    parents = {p: parent_of(p) for p in all_pids()}
    found, fresh = [], [pid]
    while fresh:
        fresh = [p for p, parent in parents.items() if parent in fresh]
        found += fresh
    return found


def processes_with(marker):
    """Living processes whose environment holds `marker`."""
    marker = marker.encode()
    return [p for p in all_pids() if marker in read_proc(p, "environ") and state_of(p) not in ("Z", "")]


def namespace_command():
    """The words that make what follows the first process of a new PID namespace."""
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
    if os.geteuid() != 0:
        words[1:1] = ["--user", "--map-current-user"]
    return words + ["--"]


class Run:
    """One started muster."""

    def __init__(self, words, env, folder, state_dir, pid1):
        self.folder, self.state_dir, self.pid1 = folder, pathlib.Path(state_dir), pid1
        self.words = [str(w) for w in words]
        self.marker = f"MUSTER_TEST_RUN={folder}"
        name, _, value = self.marker.partition("=")
        self.env = {**env, name: value}
        self.stdout_path, self.stderr_path = folder / "stdout", folder / "stderr"
        self.started = time.monotonic()
        self.ended = None
        prefix = namespace_command() if pid1 else []
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(
                prefix + self.words,
                env=self.env,
                cwd=folder / "cwd",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self):
        """muster's own pid as seen from outside."""
        if not self.pid1:
            return self.process.pid
        return eventually(lambda: next(iter(children_of(self.process.pid)), 0), "unshare has a child")

    @property
    def stdout(self):
        return self.stdout_path.read_text(errors="replace")

    @property
    def stderr(self):
        return self.stderr_path.read_text(errors="replace")

    def wait(self, timeout=PATIENCE_S * 2):
        """The exit code, as a shell tells it."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"muster still runs after {timeout:.0f} s\n{self.transcript()}") from None
        self.ended = time.monotonic()
        return 128 - code if code < 0 else code

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        send_signal(self.pid, number)

    def kill(self):
        """End it and all that it started, whatever state they are in, and wait until they have let go of what they held.

        muster itself first: it would start what it misses anew.
        """
        started = descendants_of(self.process.pid) if self.running() and not self.pid1 else []
        if self.running():
            self.process.kill()
            self.process.wait()
        started += processes_with(self.marker)
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                send_signal(pid, signal.SIGKILL)
        eventually(lambda: all(state_of(pid) in ("Z", "") for pid in started), "what was killed has ended")

    def leftovers(self):
        return processes_with(self.marker)

    def status(self):
        """The status document, or None when there is none yet. A broken one is an error."""
        try:
            text = (self.state_dir / "status.json").read_text()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return json.loads(text)

    def journal(self):
        lines = (self.state_dir / "journal.ndjson").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def wait_for_status(self, condition, what, timeout=PATIENCE_S):
        def look():
            status = self.status()
            # An early document has no services yet: what is asked about it is not so yet.
            with contextlib.suppress(LookupError):
                if status is not None and condition(status):
                    return status
            return None

        def check():
            over = not self.running()
            status = look()
            if status is None and over:
                raise AssertionError(f"muster ended before: {what}\n{self.transcript()}")
            return status

        try:
            return eventually(check, what, timeout)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.transcript()}") from None

    def wait_for_output(self, text, timeout=PATIENCE_S):
        def check():
            if text in self.stdout or text in self.stderr:
                return True
            if not self.running() and text not in self.stdout + self.stderr:
                raise AssertionError(f"muster ended without saying {text!r}\n{self.transcript()}")
            return False

        try:
            eventually(check, f"muster says {text!r}", timeout)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.transcript()}") from None

    def written(self):
        """Every byte that this run left behind: {where: bytes}."""
        found = {"stdout": self.stdout_path.read_bytes(), "stderr": self.stderr_path.read_bytes()}
        for path in sorted(self.state_dir.rglob("*")):
            # The folder's own key is random bytes, and nobody's secret.
            if path.is_file():
                found[str(path)] = path.read_bytes()
        return found

    def transcript(self):
        return f"--- {' '.join(self.words)}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class ArgvWatch(threading.Thread):
    """Collects the argument list of every process of a run, for as long as it goes on."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_, self.seen, self.over = run, set(), threading.Event()

    def run(self):
        while not self.over.is_set():
            for pid in descendants_of(os.getpid()):
                line = read_proc(pid, "cmdline")
                if line and self.run_.marker.encode() in read_proc(pid, "environ"):
                    self.seen.add(line)
            self.over.wait(0.01)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Server:
    """A real server that a test starts when it likes."""

    def __init__(self, case, words, env=None):
        self.words = [str(w) for w in words]
        self.env = {"PATH": PATH, **(env or {})}
        self.process = None
        case.addCleanup(self.stop)

    def start(self):
        self.process = subprocess.Popen(
            self.words, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def signal(self, number):
        send_signal(self.process.pid, number)


class Case(unittest.TestCase):
    """A test with a folder of its own; what it starts is ended with it."""

    maxDiff = None

    def setUp(self):
        self.assertTrue(MUSTER.exists(), f"{MUSTER} is not built")
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="muster-e2e-"))
        # nginx gives its workers to another user when root starts it, and they have to get here.
        self.tmp.chmod(0o711)
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        self.runs = 0
        # Whoever muster is made to run as writes them here.
        self.reports = self.tmp / "sanitizers"
        self.reports.mkdir()
        self.reports.chmod(0o1777)
        self.addCleanup(self.check_reports)

    def check_reports(self):
        """A helper that broke down shows nowhere else: it is started again. Undefined behaviour is told on stderr alone."""
        found = [path.read_text(errors="replace") for path in self.reports.iterdir()]
        said = [path.read_text(errors="replace") for path in self.tmp.glob("*/stderr") if SANITIZED]
        self.assertEqual(found + [text for text in said if ": runtime error: " in text], [])

    def sanitizer_options(self, *more):
        """Variables for a build with sanitizers; none for others."""
        return {"ASAN_OPTIONS": ":".join([f"log_path={self.reports}/report", *more])} if SANITIZED else {}

    def no_leak_check(self):
        """A process that is being traced cannot be searched for leaks."""
        return self.sanitizer_options("detect_leaks=0")

    def environment(self, **variables):
        return {"PATH": PATH, "HOME": str(self.tmp), "LC_ALL": "C.UTF-8", **self.sanitizer_options(), **variables}

    def manifest(self, document, name="manifest.json"):
        path = self.tmp / name
        path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
        return path

    def start(self, *words, env=None, manifest=None, pid1=True, state_dir=None, prefix=(), folder_env=True,
              nowhere=False):
        """Start muster with these words. `env` is all of its environment but PATH and HOME.

        `nowhere`: it has to look for a state directory itself.
        """
        self.runs += 1
        folder = self.tmp / f"run{self.runs}"
        (folder / "cwd").mkdir(parents=True)
        state_dir = pathlib.Path(state_dir or folder / "state")
        options = []
        if manifest is not None:
            path = manifest if isinstance(manifest, pathlib.Path) else self.manifest(manifest, f"manifest{self.runs}.json")
            options += ["--file", path]
        full = self.environment(**(env or {}))
        if folder_env:
            full["MUSTER_STATE_DIR"] = str(state_dir)
        elif manifest is not None and not nowhere:
            # Of whoever it is made to run as, and not what earlier ones have left in the usual places.
            runtime = folder / "runtime"
            runtime.mkdir()
            runtime.chmod(0o777)
            options += ["--state-dir", runtime / "state"]
        run = Run([*prefix, MUSTER, *options, *words], full, folder, state_dir, pid1)
        self.addCleanup(run.kill)
        return run

    def finish(self, *words, expect=None, timeout=PATIENCE_S * 2, **how):
        """start() and wait for the end. The exit code is in run.code; `expect` says what it has to be."""
        run = self.start(*words, **how)
        run.code = run.wait(timeout)
        if expect is not None:
            self.assertEqual(run.code, expect, run.transcript())
        self.assertEqual(schema_problems(run.status()) if run.status() else [], [], "the status file follows its schema")
        return run

    def command(self, *words, env=None, **more):
        """One of the short commands (check, status, config, ...): its CompletedProcess, output as text."""
        return subprocess.run(
            [str(w) for w in (MUSTER, *words)],
            env=self.environment(**(env or {})),
            cwd=more.pop("cwd", self.tmp),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            **more,
        )

    def check(self, run):
        """muster check on the state directory of that run."""
        return self.command("check", "--state-dir", run.state_dir)

    # ---- the servers of the development stack, on ports of this test ------------------------------------------------

    def redis_server(self, port, password="", delay="0"):
        folder = self.tmp / f"redis{port}"
        words = ["sh", STACK / "redis.sh", delay, "127.0.0.1", port, folder]
        return Server(self, words, {"REDISCLI_AUTH": password})

    def web_server(self, port, role="backend", backend=""):
        return Server(self, ["sh", STACK / "web.sh", role, "0", "127.0.0.1", port, self.tmp / f"{role}{port}", backend])

    def websocket_server(self, port):
        return Server(self, [PYTHON, STACK / "websocket.py", "0", "127.0.0.1", port])

    def silent_server(self):
        """A port that takes connections and never answers."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        self.addCleanup(listener.close)
        return listener.getsockname()[1]


def shell(text):
    """A shell line as the command of a manifest, where a dollar sign has to be written twice."""
    return ["sh", "-c", text.replace("$", "$$")]


def service(status, name):
    return {s["service_name"]: s for s in status["services"]}[name]


def step(status, step_id):
    return {s["step_id"]: s for s in status["steps"]}[step_id]


def result_of(status, name):
    return next((t for t in status["tests"] if t["test_name"] == name), None)
