"""What steps leave behind: before-images, rollback, drift; what the data model says about InstallationArtifact (ART-..)."""
import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess

from harness import EXIT_MANIFEST, EXIT_STEP, MUSTER, step
from test_steps import StepCase, a_step

EXIT_ROLLBACK = 74


def made(path, **more):
    return {"type": "file", "path": str(path), **more}


class ArtifactCase(StepCase):
    def artifact(self, run, path):
        return next(a for a in run.status()["artifacts"] if a["artifact_path"] == str(path))

    def muster(self, *words, expect=0):
        result = self.command(*words, "--state-dir", self.state, env={"W": str(self.work)})
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return result

    def rollback(self, steps, *words, expect=0):
        manifest = self.manifest({"steps": steps})
        return self.muster("rollback", *words, "--file", manifest, expect=expect)


class Rollback(ArtifactCase):
    def test_a_session_is_taken_back(self):
        """ART-04: content, mode, owner and time as before."""
        path = self.work / "app.conf"
        path.write_text("original\n")
        path.chmod(0o640)
        os.chown(path, 1000, 1000)
        os.utime(path, ns=(10**18, 10**18 + 123456789))
        os.setxattr(path, "user.note", b"kept")
        steps = {
            "change": a_step(f'rm "{path}"; echo changed >"{path}"', artifacts=[made(path)]),
            "fail": a_step("exit 1", prerequisites=["change"]),
        }
        run = self.up(steps, more={"rollback": "session"}, expect=EXIT_STEP)
        now = path.stat()
        self.assertEqual(path.read_text(), "original\n")
        self.assertEqual((stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid), (0o640, 1000, 1000))
        self.assertEqual(now.st_mtime_ns, 10**18 + 123456789)
        self.assertEqual(os.getxattr(path, "user.note"), b"kept")
        self.assertEqual(step(run.status(), "change")["rollback"]["state"], "done")
        self.assertEqual(step(run.status(), "change")["status"], "completed")

    def test_by_default_only_the_failed_step_is(self):
        """ART-05: what is new is removed; what was there before never is."""
        kept, new, old = self.work / "kept", self.work / "new", self.work / "old"
        old.write_text("old\n")
        steps = {
            "good": a_step(f'echo good >"{kept}"', artifacts=[made(kept)]),
            "bad": a_step(f'echo new >"{new}"; echo broken >"{old}"; exit 1', prerequisites=["good"],
                          artifacts=[made(new), made(old)]),
        }
        run = self.up(steps, expect=EXIT_STEP)
        self.assertEqual(kept.read_text(), "good\n")
        self.assertFalse(new.exists())
        self.assertEqual(old.read_text(), "old\n")
        self.assertEqual(step(run.status(), "bad")["rollback"]["state"], "done")
        self.assertEqual(step(run.status(), "good")["rollback"]["state"], "none")
        self.assertIn("taken back", run.stderr)
        self.assertRegex(self.muster("status").stdout, r"step +bad +failed .*; taken back\n")

    def test_not_if_it_is_not_wanted(self):
        new = self.work / "new"
        steps = {"bad": a_step(f'echo new >"{new}"; exit 1', artifacts=[made(new)])}
        self.up(steps, "--rollback", "none", expect=EXIT_STEP)
        self.assertTrue(new.exists())
        self.rollback(steps)
        self.assertFalse(new.exists())

    def test_done_again_after_it_was_taken_back(self):
        new = self.work / "new"
        steps = {"a": a_step(f'echo x >>"$W/count"; echo new >"{new}"', artifacts=[made(new)])}
        self.up(steps)
        self.rollback(steps)
        self.assertFalse(new.exists())
        status = json.loads((self.state / "status.json").read_text())
        self.assertEqual((status["phase"], status["summary"]), ("stopped", "set-up was taken back"))
        self.assertIn("nothing to take back", self.rollback(steps).stderr)
        run = self.up(steps)
        self.assertEqual((self.count("count"), new.read_text()), (2, "new\n"))
        self.assertEqual(step(run.status(), "a")["reopened"], "rollback")

    def test_what_somebody_has_changed_since_is_left_alone(self):
        """ART-06"""
        path, other = self.work / "app.conf", self.work / "other"
        path.write_text("original\n")
        steps = {"a": a_step(f'echo ours >"{path}"; echo x >"{other}"', artifacts=[made(path), made(other)])}
        self.up(steps)
        path.write_text("edited by hand\n")
        result = self.rollback(steps, expect=EXIT_ROLLBACK)
        self.assertEqual(path.read_text(), "edited by hand\n")
        self.assertFalse(other.exists(), "the rest is taken back all the same")
        self.assertIn(str(path), result.stderr)
        kept = [p for p in (self.state / "backups").iterdir() if p.is_file() and p.read_bytes() == b"original\n"]
        self.assertTrue(kept, "the before-image is kept")
        self.assertIn(str(kept[0]), result.stderr)
        status = json.loads((self.state / "status.json").read_text())
        self.assertEqual(step(status, "a")["rollback"]["state"], "partial")
        self.assertIn("muster step retry a", self.up(steps, expect=EXIT_STEP).stderr)
        self.assertEqual(path.read_text(), "edited by hand\n")
        self.muster("step", "retry", "a", "--file", self.manifest({"steps": steps}))
        self.up(steps)
        self.rollback(steps)
        self.assertEqual(path.read_text(), "edited by hand\n")

    def test_a_new_journal_leaves_the_before_images_of_the_old_one_alone(self):
        path = self.work / "app.conf"
        path.write_text("original\n")
        steps = {"a": a_step(f'echo ours >"{path}"', artifacts=[made(path)])}
        self.up(steps)
        (self.state / "journal.ndjson").unlink()
        self.up(steps)
        kept = {p.read_text() for p in (self.state / "backups").iterdir() if p.suffix != ".meta"}
        self.assertEqual(kept, {"original\n", "ours\n"})

    def test_a_link_in_the_way_is_not_followed(self):
        """ART-07"""
        folder, outside = self.work / "folder", self.tmp / "outside"
        folder.mkdir()
        outside.mkdir()
        (folder / "passwd").write_text("before\n")
        (outside / "passwd").write_text("outside\n")
        steps = {"a": a_step(f'echo ours >"{folder}/passwd"', artifacts=[made(folder / "passwd")])}
        self.up(steps)
        folder.rename(self.work / "moved")
        folder.symlink_to(outside)
        self.rollback(steps, expect=EXIT_ROLLBACK)
        self.assertEqual((outside / "passwd").read_text(), "outside\n")

    def test_single_steps_and_what_needs_them(self):
        a, b = self.work / "a", self.work / "b"
        steps = {
            "a": a_step(f'echo x >"{a}"', artifacts=[made(a)]),
            "b": a_step(f'echo x >"{b}"', prerequisites=["a"], artifacts=[made(b)]),
        }
        self.up(steps)
        self.rollback(steps, "b")
        self.assertEqual((a.exists(), b.exists()), (True, False))
        self.up(steps)
        result = self.rollback(steps, "aa", expect=64)
        self.assertIn('did you mean "a"?', result.stderr)
        self.rollback(steps, "a")
        self.assertEqual((a.exists(), b.exists()), (False, False), "b was built on a")

    def test_in_reverse_order(self):
        log = self.work / "log"
        steps = {
            name: a_step("true", prerequisites=needs, artifacts=[
                {"type": "service", "path": name, "cleanup_script": ["sh", "-c", f"echo {name} >>{log}"]}])
            for name, needs in (("a", []), ("b", ["a"]), ("c", ["b"]))
        }
        self.up(steps)
        self.rollback(steps)
        self.assertEqual(log.read_text().split(), ["c", "b", "a"])

    def test_a_clean_up_script_that_fails_is_told_and_the_rest_goes_on(self):
        a = self.work / "a"
        steps = {"s": a_step(f'echo x >"{a}"', artifacts=[
            made(a), {"type": "service", "path": "db", "cleanup_script": ["sh", "-c", "echo no way; exit 3"]}])}
        self.up(steps)
        result = self.rollback(steps, expect=EXIT_ROLLBACK)
        self.assertFalse(a.exists())
        self.assertIn("db", result.stderr)
        self.assertIn("no way", result.stderr)
        self.assertNotIn("cannot journal", result.stderr)

    def test_the_script_is_the_manifest_s(self):
        """ART-10: what the state directory says is not run."""
        steps = {"s": a_step("true", artifacts=[{"type": "service", "path": "db", "cleanup_script": ["touch", str(self.work / "right")]}])}
        self.up(steps)
        path = self.state / "status.json"
        path.write_text(path.read_text().replace("/right", "/wrong"))
        self.rollback(steps)
        self.assertTrue((self.work / "right").exists())
        self.assertFalse((self.work / "wrong").exists())

    def test_folders_and_links(self):
        folder, link = self.work / "folder", self.work / "link"
        folder.mkdir()
        (folder / "one").write_text("1")
        (folder / "sub").mkdir()
        (folder / "sub/two").symlink_to("../one")
        link.symlink_to("one")
        steps = {"a": a_step(f'rm -r "{folder}"; mkdir "{folder}"; echo x >"{folder}/x"; ln -sfn other "{link}"; exit 1',
                             artifacts=[made(folder), made(link)])}
        self.up(steps, expect=EXIT_STEP)
        self.assertEqual(sorted(str(p.relative_to(folder)) for p in folder.rglob("*")), ["one", "sub", "sub/two"])
        self.assertEqual(os.readlink(folder / "sub/two"), "../one")
        self.assertEqual(os.readlink(link), "one")

    def test_on_a_file_that_is_a_mount(self):
        """Renaming onto it is EBUSY: it is written over in place."""
        source, target = self.work / "source", self.work / "target"
        source.write_text("original\n")
        target.touch()
        steps = {"a": a_step(f'echo changed >"{target}"; exit 1', artifacts=[made(target)])}
        mounted = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$1"; shift; exec "$@"', source, target]
        self.up(steps, expect=EXIT_STEP, prefix=mounted, pid1=False)
        self.assertEqual(source.read_text(), "original\n")

    def test_as_somebody_without_a_name(self):
        """An arbitrary uid without an entry in passwd, as OpenShift gives it."""
        for folder in (self.work, self.tmp):
            os.chown(folder, 1000780000, 0)
        path = self.work / "f"
        steps = {"a": a_step(f'echo x >"{path}"; exit 1', artifacts=[made(path)])}
        prefix = ["setpriv", "--reuid", "1000780000", "--regid", "0", "--clear-groups"]
        run = self.up(steps, expect=EXIT_STEP, prefix=prefix, pid1=False)
        self.assertFalse(path.exists())
        self.assertEqual(step(run.status(), "a")["rollback"]["state"], "done")

    def test_a_failed_rollback_can_be_run_again(self):
        path, other = self.work / "folder/f", self.work / "other"
        path.parent.mkdir()
        path.write_text("original\n")
        steps = {"a": a_step(f'echo changed >"{path}"; echo x >"{other}"', artifacts=[made(path), made(other)])}
        self.up(steps)
        read_only = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"',
                     path.parent]
        manifest = self.manifest({"steps": steps})
        words = ["rollback", "--file", manifest, "--state-dir", self.state]
        run = self.start(*words, env={"W": str(self.work)}, prefix=read_only, pid1=False, folder_env=False)
        self.assertEqual(run.wait(), EXIT_ROLLBACK, run.stderr)
        self.assertIn(str(path), run.stderr)
        self.assertEqual((path.read_text(), other.exists()), ("changed\n", False))
        self.rollback(steps)
        self.assertEqual(path.read_text(), "original\n")


class Recorded(ArtifactCase):
    def test_modes_do_not_depend_on_the_umask(self):
        """ART-09"""
        path = self.work / "tool"
        steps = {"a": a_step(f'echo x >"{path}"', umask="077", artifacts=[made(path, permissions="0755")])}
        run = self.up(steps)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o755)
        self.assertEqual(self.artifact(run, path)["permissions"], "0755")

    def test_what_the_document_says(self):
        path, old = self.work / "f", self.work / "old"
        old.write_text("before")
        steps = {"a": a_step(f'printf abc >"{path}"; printf abc >"{old}"', artifacts=[
            made(path, checksum="sha512:" + hashlib.sha512(b"abc").hexdigest()), made(old)])}
        run = self.up(steps)
        told = self.artifact(run, path)
        self.assertEqual(told["checksum"], "sha512:" + hashlib.sha512(b"abc").hexdigest())
        self.assertEqual((told["size_bytes"], told["created_by_step"], told["backup_location"]), (3, "a", None))
        backup = pathlib.Path(self.artifact(run, old)["backup_location"])
        self.assertEqual((backup.parent, backup.read_text()), (self.state / "backups", "before"))
        self.assertEqual(stat.S_IMODE(backup.stat().st_mode) & 0o077, 0)

    def test_a_tree_has_the_documented_digest(self):
        folder = self.work / "tree"
        steps = {"a": a_step(f'umask 022; mkdir -p "{folder}/sub"; printf abc >"{folder}/sub/f"; ln -s sub/f "{folder}/l"',
                             artifacts=[made(folder)])}
        run = self.up(steps)

        def sha(data):
            return hashlib.sha256(data).hexdigest()

        text = (f"l 0777 0 {sha(b'sub/f')} l\n"
                f"d 0755 0 {sha(b'')} sub\n"
                f"f 0644 3 {sha(b'abc')} sub/f\n")
        self.assertEqual(self.artifact(run, folder)["checksum"], "sha256:" + sha(text.encode()))


class Verify(ArtifactCase):
    def set_up(self):
        self.one, self.two = self.work / "one", self.work / "two words"
        self.steps = {"a": a_step(f'echo x >>"$W/count"; umask 022; echo 1 >"{self.one}"; echo 2 >"{self.two}"',
                                  artifacts=[made(self.one), made(self.two)])}
        self.up(self.steps)

    def test_nothing_has_changed(self):
        self.set_up()
        self.muster("verify")

    def test_each_kind_of_drift_is_told_and_opens_the_step_anew(self):
        """ART-08"""
        self.set_up()
        for change, kind in ((lambda: self.one.unlink(), "deleted"), (lambda: self.one.write_text("other"), "changed"),
                             (lambda: self.one.chmod(0o600), "mode")):
            change()
            result = self.muster("verify", expect=1)
            self.assertIn(f"{self.one}", result.stdout)
            self.assertIn(kind, result.stdout)
            document = json.loads(self.muster("verify", "--format", "json", expect=1).stdout)
            told = next(a for a in document["artifacts"] if a["artifact_path"] == str(self.one))
            self.assertEqual(told["drift"], kind)
            before = self.count("count")
            run = self.up(self.steps)
            self.assertEqual(self.count("count"), before + 1)
            self.assertEqual(step(run.status(), "a")["reopened"], "drift")
            self.muster("verify")

    def test_lists_that_other_tools_read(self):
        self.set_up()
        listed = self.muster("verify", "--format", "sha256sum").stdout
        checked = subprocess.run(["sha256sum", "-c", "--strict", "-"], input=listed, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual(len(listed.splitlines()), 2)
        tree = self.muster("verify", "--format", "mtree").stdout
        self.assertIn("sha256=", tree)
        self.assertTrue(tree.startswith("#mtree"))

    def test_without_a_journal(self):
        result = self.muster("verify", expect=73)
        self.assertIn(str(self.state), result.stderr)


class Actions(ArtifactCase):
    def test_without_a_shell_in_the_image(self):
        """All of them, in a root with nothing but muster in it."""
        root = self.work / "root"
        for folder in ("etc/muster", "proc", "dev", "run", "tmp", "app"):
            (root / folder).mkdir(parents=True)
        shutil.copy(MUSTER, root / "muster")
        (root / "etc/template").write_text("port = ${PORT}\n")
        act = {"category": "configuration"}
        steps = {
            "folder": {**act, "mkdir": {"path": "/app/a/b", "parents": True, "permissions": "0750"}},
            "file": {**act, "write": {"path": "/app/a/b/f", "content": "port ${PORT}\n", "permissions": "0600"},
                     "prerequisites": ["folder"]},
            "template": {**act, "write": {"path": "/app/t", "template": "/etc/template"}},
            "copy": {**act, "copy": {"from": "/app/a/b/f", "path": "/app/c"}, "prerequisites": ["file"]},
            "link": {**act, "symlink": {"path": "/app/l", "target": "a/b/f"}, "prerequisites": ["file"]},
            "mode": {**act, "chmod": {"path": "/app/c", "permissions": "0444"}, "prerequisites": ["copy"]},
        }
        (root / "etc/muster/muster.json").write_text(json.dumps(
            {"variables": {"PORT": {"type": "port", "default": 8080}}, "steps": steps}))
        inside = ["unshare", "-m", "-p", "-f", "--mount-proc", f"--root={root}", "/muster", "up", "--state-dir", "/run/m"]
        result = subprocess.run(inside, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((root / "app/a/b/f").read_text(), "port 8080\n")
        self.assertEqual(stat.S_IMODE((root / "app/a/b").stat().st_mode), 0o750)
        self.assertEqual((root / "app/t").read_text(), "port = 8080\n")
        self.assertEqual((root / "app/c").read_text(), "port 8080\n")
        self.assertEqual(stat.S_IMODE((root / "app/c").stat().st_mode), 0o444)
        self.assertEqual(os.readlink(root / "app/l"), "a/b/f")
        # All of it is known, and can be taken back.
        inside[6:] = ["/muster", "rollback", "--state-dir", "/run/m"]
        result = subprocess.run(inside, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([str(p.relative_to(root)) for p in (root / "app").rglob("*")], ["app/a"], "not recorded: a folder above")

    def test_a_folder_that_others_use_is_not_drift(self):
        folder, inside = self.work / "d", self.work / "d/f"
        steps = {"d": {"category": "installation", "mkdir": {"path": str(folder)}},
                 "f": a_step(f'echo x >>"$W/count"; echo x >"{inside}"', prerequisites=["d"], artifacts=[made(inside)])}
        self.up(steps)
        run = self.up(steps)
        self.assertTrue(step(run.status(), "d")["cached"])
        self.assertEqual(self.count("count"), 1)

    def test_a_folder_that_was_not_empty_when_it_was_taken_back_is_used_again(self):
        folder = self.work / "d"
        steps = {"d": {"category": "installation", "mkdir": {"path": str(folder)}}}
        self.up(steps)
        (folder / "of-somebody-else").touch()
        self.assertIn("there is something in it", self.rollback(steps, expect=EXIT_ROLLBACK).stderr)
        self.up(steps)
        (folder / "of-somebody-else").unlink()
        self.rollback(steps)
        self.assertFalse(folder.exists(), "that nothing was there before is still known")


class Secrets(ArtifactCase):
    SECRET = "a-secret-that-nobody-may-see"

    def test_they_are_in_the_file_and_nowhere_else(self):
        path = self.work / "token"
        more = {"variables": {"TOKEN": {"type": "secret", "required": True}}}
        steps = {
            "write": {"category": "installation", "write": {"path": str(path), "content": "${TOKEN}", "permissions": "0600"}},
            "say": a_step("echo $TOKEN; echo $TOKEN >&2", prerequisites=["write"], artifacts=[
                {"type": "service", "path": "db", "cleanup_script": ["sh", "-c", "echo undo $$TOKEN; exit 3"]}]),
            "fail": a_step("echo $TOKEN; exit 1", prerequisites=["say"]),
        }
        run = self.up(steps, more={**more, "rollback": "none"}, env={"TOKEN": self.SECRET}, expect=EXIT_STEP)
        self.assertEqual(path.read_text(), self.SECRET)
        manifest = self.manifest({"steps": steps, **more})
        result = self.command("rollback", "--file", manifest, "--state-dir", self.state,
                              env={"W": str(self.work), "TOKEN": self.SECRET})
        self.assertEqual(result.returncode, EXIT_ROLLBACK, result.stderr)
        self.assertIn("undo ***", result.stderr)
        self.assertNotIn(self.SECRET, result.stdout + result.stderr)
        for where, written in run.written().items():
            self.assertNotIn(self.SECRET.encode(), written, where)


class Shared(ArtifactCase):
    """One path, two steps."""

    def test_what_changes_another_s_file_is_done_again_after_it(self):
        path = self.work / "f"

        def steps(text):
            return {"make": {"category": "installation", "write": {"path": str(path), "content": text}},
                    "close": {"category": "installation", "chmod": {"path": str(path), "permissions": "0400"},
                              "prerequisites": ["make"]}}

        self.up(steps("one"))
        run = self.up(steps("one"))
        self.assertTrue(all(step(run.status(), name)["cached"] for name in ("make", "close")))
        run = self.up(steps("two"))
        self.assertEqual((path.read_text(), stat.S_IMODE(path.stat().st_mode)), ("two", 0o400))
        self.assertEqual(step(run.status(), "close")["reopened"], "drift")
        path.chmod(0o644)
        self.muster("verify", expect=1)
        run = self.up(steps("two"))
        self.assertTrue(step(run.status(), "make")["cached"])
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o400)
        self.rollback(steps("two"))
        self.assertEqual(path.read_text(), "one", "as before it was done anew")


class Mistakes(ArtifactCase):
    def told(self, steps):
        return self.up(steps, expect=EXIT_MANIFEST).stderr

    def test_an_artifact_of_another_step(self):
        """REL-03"""
        self.assertIn("created_by_step", self.told({
            "a": a_step("true"), "b": a_step("true", artifacts=[made("/x/y", created_by_step="a")])}))

    def test_an_artifact_of_no_step(self):
        """ART-03"""
        self.assertIn("ref.unknown", self.told({"b": a_step("true", artifacts=[made("/x/y", created_by_step="c")])}))
