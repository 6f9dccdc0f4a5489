"""A set-up of twelve steps with thirty artifacts that can be begun anew, and what has to be true of it at any instant."""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import stat
import subprocess
import threading
import time

import harness
from harness import MUSTER

STEPS, ARTIFACTS = 12, 30
LARGE = 4 << 20
# What is longer is told by its digest.
READABLE = 1000
CODES = {0, 73, 74, 76}


def look(path):
    """What is at one path, with what is below it."""
    st = os.lstat(path)
    mode = stat.S_IMODE(st.st_mode)
    if stat.S_ISLNK(st.st_mode):
        return ("link", os.readlink(path))
    if stat.S_ISDIR(st.st_mode):
        return ("folder", mode, {name: look(os.path.join(path, name)) for name in sorted(os.listdir(path))})
    content = pathlib.Path(path).read_bytes()
    return ("file", mode, st.st_uid, content if len(content) < READABLE else hashlib.sha256(content).digest())


def file(path, **more):
    return {"type": "file", "path": str(path), **more}


class Scene:
    """One work folder and one state directory."""

    def __init__(self, case, folder, large=LARGE, fails=False, broken=None, gate=False):
        """@large: bytes of the largest. @fails: two steps fail the first time, and are tried again. @broken: the last step fails until
        mend(), and this is what is taken back then.
        @gate: one step more, before all others, that waits for open_gate()."""
        self.case, self.folder, self.large, self.gate = case, folder, large, gate
        self.work, self.state, self.log = folder / "work", folder / "state", folder / "log"
        self.fails, self.broken = fails, broken
        folder.mkdir()
        self.reset()
        self.before = look(self.work)
        self.images = {path: look(path) if os.path.lexists(path) else None for path in self.artifacts()}
        self.manifest = folder / "manifest.json"
        self.manifest.write_text(json.dumps(self.document(), indent=1))
        self.stderr = folder / "stderr"

    def reset(self):
        """As if nothing had been done."""
        for path in (self.work, self.state):
            shutil.rmtree(path, ignore_errors=True)
        self.log.write_text("")
        for name in ("failed-tree", "failed-conf", "open"):
            (self.folder / name).unlink(missing_ok=True)
        if self.broken:
            (self.folder / "broken").touch()
        w = self.work
        for name in ("seed/tree/deep", "conf", "lib/sub"):
            (w / name).mkdir(parents=True)
        numbers = random.Random(1)
        (w / "seed/big").write_bytes(numbers.randbytes(self.large))
        (w / "seed/template").write_text("home ${W}\nname ${NAME:-none}\n")
        for name in ("one", "two", "deep/three"):
            (w / "seed/tree" / name).write_bytes(numbers.randbytes(3000))
        (w / "seed/tree/link").symlink_to("deep/three")
        (w / "data").write_bytes(numbers.randbytes(self.large // 2))
        (w / "conf/app").write_text("first\n")
        (w / "conf/old").write_text("old\n")
        (w / "conf/old").chmod(0o640)
        (w / "lib/one").write_text("one\n")
        (w / "lib/sub/two").write_text("two\n")
        (w / "lib/sub/two").chmod(0o604)
        (w / "lib/link").symlink_to("one")
        (w / "list").write_text("begin\n")
        (w / "tool").write_text("#!/bin/sh\n")
        (w / "tool").chmod(0o644)
        (w / "current").symlink_to("v1")

    def shell(self, name, line, failing=False):
        """Says when it begins and ends; fails the first time, half-way."""
        log = f'printf "%s\\n" "$1 {name} $MUSTER_ATTEMPT" >>"{self.log}"'
        half = f'test -e "{self.folder}/failed-{name}" || {{ >"{self.folder}/failed-{name}"; false; }}; ' if failing else ""
        return f'set -e; umask 022; cd "{self.work}"; say() {{ {log}; }}; say begin; {line.replace("HALF; ", half)}; say end'

    def document(self):
        w = self.work
        fail = self.fails
        steps = {
            "folder": {"category": "prerequisites", "mkdir": {"path": f"{w}/srv", "permissions": "0750"}},
            "base": {"category": "prerequisites",
                     "shell": self.shell("base", "mkdir -p b; for i in 1 2 3 4 5; do echo $i >b/$i; done; chmod 600 b/2"),
                     "artifacts": [file(w / "b" / str(i)) for i in range(1, 6)]},
            "big": {"category": "installation", "copy": {"from": f"{w}/seed/big", "path": f"{w}/big", "permissions": "0600"}},
            "tree": {"category": "installation",
                     "shell": self.shell("tree", "echo more >>lib/one; rm lib/sub/two; mkdir lib/new; echo 3 >lib/new/three; "
                                         "HALF; ln -sfn sub lib/link; cat list >>data; chmod 600 data; ln -s data data-link",
                                         failing=fail),
                     "artifacts": [file(w / "lib"), file(w / "data"), file(w / "data-link")]},
            "link": {"category": "installation", "symlink": {"path": f"{w}/current", "target": "v2"}},
            "packages": {"category": "installation", "prerequisites": ["tree"],
                         "shell": self.shell("packages", "echo package >>list; mkdir -p p; for i in 1 2 3 4 5; do echo p$i >p/$i; done"),
                         "artifacts": [file(w / "list"), *(file(w / "p" / str(i)) for i in range(1, 6))]},
            "settings": {"category": "configuration", "write": {"path": f"{w}/srv/settings", "content": "a=${W}\n",
                                                                "permissions": "0640"}},
            "template": {"category": "configuration", "write": {"path": f"{w}/conf/made", "template": f"{w}/seed/template"}},
            "mode": {"category": "configuration", "chmod": {"path": f"{w}/tool", "permissions": "0755"}},
            "conf": {"category": "configuration", "prerequisites": ["settings"],
                     "shell": self.shell("conf", "echo second >>conf/app; HALF; rm conf/old; echo new >conf/old; ln -s app conf/default; "
                                         "echo x >conf/extra", failing=fail),
                     "artifacts": [file(w / "conf" / n) for n in ("app", "old", "default", "extra")]},
            "copied": {"category": "configuration", "copy": {"from": f"{w}/seed/tree", "path": f"{w}/copied"}},
            "check": {"category": "validation", "command": ["sh", "-c", self.shell(
                "check", "test \"$(wc -l <conf/app)\" = 2; test \"$(wc -l <list)\" = 2; mkdir -p report; "
                "for i in 1 2 3 4 5; do cat conf/app >report/$i; done" + (f'; test ! -e "{self.folder}/broken"' if self.broken else "")).replace("$", "$$")],
                      "artifacts": [file(w / "report" / str(i)) for i in range(1, 6)]},
        }
        if fail:
            for name in ("tree", "conf"):
                steps[name]["retry"] = {"max": 2, "backoff": "20ms"}
        if self.gate:
            steps = {"gate": {"category": "prerequisites",
                              "shell": f'until test -e "{self.folder}/open"; do sleep 0.01; done; cp "{self.folder}/open" "{w}/gate"',
                              "artifacts": [file(w / "gate")]}, **steps}
            for name in ("folder", "base"):
                steps[name]["prerequisites"] = ["gate"]
        document = {"variables": {"W": {"type": "path"}}, "parallel": 3, "steps": steps}
        return {**document, "rollback": self.broken} if self.broken else document

    def artifacts(self):
        """Every path that a step has for its own."""
        return sorted({a["path"] for s in self.document()["steps"].values() for a in s.get("artifacts", [])}
                      | {s[kind]["path"] for s in self.document()["steps"].values()
                         for kind in ("mkdir", "copy", "symlink", "write", "chmod") if kind in s})

    # ---- runs -------------------------------------------------------------------------------------------------------

    def words(self):
        return [str(MUSTER), "up", "--file", str(self.manifest), "--state-dir", str(self.state)]

    def start(self, prefix=(), pid1=True, stdin=subprocess.DEVNULL):
        """In a PID namespace of its own: its end is the end of all that it started, before anybody hears of it."""
        words = [*(harness.namespace_command() if pid1 else []), *prefix, *self.words()]
        with open(self.stderr, "wb") as said:
            process = subprocess.Popen(words, cwd=self.folder, stdin=stdin, stdout=said, stderr=said, start_new_session=True,
                                       env=self.case.environment(W=str(self.work), NAME="shop", **self.case.no_leak_check()))
        self.case.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def finish(self, **how):
        """The exit code of a run that is left alone."""
        return self.start(**how).wait(harness.PATIENCE_S * 2)

    def mend(self):
        (self.folder / "broken").unlink()

    def open_gate(self):
        (self.folder / "open").touch()

    def recorder(self, process):
        """Its pid, once it runs."""
        def find():
            self.case.assertIsNone(process.poll(), self.said())
            return next((p for p in harness.descendants_of(process.pid) if b"@recorder" in harness.read_proc(p, "cmdline")), 0)

        return harness.eventually(find, "the recorder runs")

    def said(self):
        return self.stderr.read_text(errors="replace")

    def kill_after(self, seconds):
        """A run that lives for so long. Returns its exit code, or None when it was killed before it had ended."""
        process = self.start()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            first = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for pid in first or [process.pid]:
                try:
                    harness.send_signal(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            code = process.wait(harness.PATIENCE_S)
            return None if code in (1, 137, -9) else code  # 1: of unshare, which cannot end by SIGKILL

    # ---- what is there ----------------------------------------------------------------------------------------------

    def journal(self):
        """Its whole lines; none before there is one."""
        path = self.state / "journal.ndjson"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def completed(self):
        """Steps that the journal has as completed, and not as being taken back."""
        last = {}
        for entry in self.journal():
            if entry["kind"] == "step":
                last[entry["step_id"]] = entry["to"]
            elif entry["kind"] in ("reopen", "rollback"):
                last[entry["step_id"]] = "pending"
        return {name for name, to in last.items() if to == "completed"}

    def taken_back(self):
        """Steps whose rollback has begun, now or earlier."""
        return {entry["step_id"] for entry in self.journal() if entry["kind"] == "rollback"}

    def begun(self):
        """How often each command has begun."""
        counts = {}
        for line in self.log.read_text().splitlines():
            word, name, _ = line.split()
            counts[name] = counts.get(name, 0) + (word == "begin")
        return counts


class Reader(threading.Thread):
    """Reads the status file in a loop: it is always whole."""

    def __init__(self, state):
        super().__init__(daemon=True)
        self.path, self.over, self.broken, self.count = state / "status.json", threading.Event(), [], 0

    def run(self):
        while not self.over.wait(0.001):
            try:
                text = self.path.read_bytes()
                json.loads(text)
                self.count += 1
            except FileNotFoundError:
                pass
            except ValueError as e:
                self.broken.append(f"{e}: {text[:200]}")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def timed(act):
    began = time.monotonic()
    result = act()
    return result, time.monotonic() - began
