"""Every option, as PID 1 and not, with a terminal and without, as root and as another user, as a
plain init and with a bring-up before: main runs and its exit code is ours."""
import concurrent.futures
import itertools
import os
import re
import shutil
import subprocess

import harness
from harness import MUSTER, Case
from terminal import Terminal

ORDINARY_USER = 1000
MANIFEST = '{"steps": {"step": {"name": "step", "category": "installation", "command": ["true"]}}}'
CODE = 23
DONE = "main was here"
MAIN = ["sh", "-c", f"echo {DONE}; exit {CODE}"]

# One value each, that everybody may give. {tmp} is a folder that can be written to, {uid} and {gid} are those of the user.
# None: takes none; a list: further words as well.
VALUES = {
    "--file": "{tmp}/manifest.json",
    "--profile": "none",
    "--state-dir": "{tmp}/state",
    "--timeout": "60s",
    "--skip": "step",
    "--parallel": "2",
    "--rollback": "none",
    "--wait-lock": "1s",
    "--strict": None,
    "--empty-as-unset": None,
    "--env-file": "docker:{tmp}/variables",
    "--secrets-dir": "{tmp}",
    "--only-declared": None,
    "--no-redact": None,
    "--no-watch": None,
    "--quiet": None,
    "--verbose": None,
    "--group": None,
    "--session": None,
    "--rewrite": "TERM:QUIT",
    "--stop-signal": "QUIT",
    "--drain": "1s",
    "--kill-after": "1s",
    "--grace": "1s",
    "--remap": "99=0",
    "--parent-death": "TERM",
    "--chdir": "{tmp}",
    "--user": "{uid}:{gid}",
    "--groups": None,
    "--cap-drop": None,
    "--cap-add": None,
    "--no-new-privs": None,
    "--umask": "027",
    "--rlimit": "core=0",
}
# What not everybody may give, or what makes sense only with another one.
WORDS = {
    "--groups": {0: [["--groups", "0,10"]], ORDINARY_USER: [["--groups", str(ORDINARY_USER)]]},
    "--cap-drop": {0: [["--cap-drop", "all"]], ORDINARY_USER: [["--cap-drop", "all", "--no-new-privs"]]},
    "--cap-add": {0: [["--cap-drop", "all", "--cap-add", "KILL"]], ORDINARY_USER: [["--cap-add", "all"]]},
}
NEED_STATE = {"--file", "--profile"}
# They have no main process, or nothing but targets.
ELSEWHERE = {"--any", "--manifest", "--format", "--against", "--processes", "--help", "--version"}


class Matrix(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(os.geteuid(), 0, "to be another user takes root")
        # The user may not get to where it was built.
        self.muster = self.tmp / "muster"
        shutil.copy(MUSTER, self.muster)

    def options_of_help(self):
        text = self.command("--help").stdout
        return set(re.findall(r"^  (?:-\w,|   ) (--[a-z-]+)", text, re.MULTILINE))

    def words_for(self, option, uid, folder):
        if option in WORDS:
            return WORDS[option][uid]
        value = VALUES[option]
        return [[option] if value is None else [option, value.format(tmp=folder, uid=uid, gid=uid)]]

    def test_each_option_of_the_help_is_here(self):
        self.assertEqual(self.options_of_help(), set(VALUES) | ELSEWHERE)

    def one(self, number, words, pid1, tty, uid, bring_up):
        """Returns what went wrong, or nothing."""
        folder = self.tmp / f"case{number}"
        folder.mkdir(mode=0o700)
        (folder / "manifest.json").write_text(MANIFEST)
        (folder / "variables").write_text("SOME=thing\n")
        for path in (folder, folder / "manifest.json", folder / "variables"):
            os.chown(path, uid, uid)
        user = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
        words = [word.replace("{case}", str(folder)) for word in words]
        # A terminal belongs to who leads its session; as PID 1 that is muster itself, as it is in a container.
        prefix = [*(harness.namespace_command() if pid1 else []), *(["setsid", "--ctty"] if pid1 and tty else []), *user]
        declared = {"MUSTER_STATE_DIR": str(folder / "state"), "MUSTER_FILE": str(folder / "manifest.json")}
        env = self.environment(**(declared if bring_up else {}))
        line = [*prefix, self.muster, *words, "--", *MAIN]
        if tty:
            terminal = Terminal(self, line, env, controlling=not pid1, cwd=folder)
            code = terminal.wait()
            terminal.reader.join(harness.PATIENCE_S)
            text = terminal.text
        else:
            done = subprocess.run([str(w) for w in line], env=env, cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.PATIENCE_S * 2)
            code, text = done.returncode, done.stdout.decode(errors="replace")
        if code == CODE and text.count(DONE) == 1:
            return ""
        return f"{' '.join(map(str, line))}\n    terminal {tty}, bringing up {bring_up}: exit code {code}\n{text}"

    def test_main_runs_and_its_exit_code_is_ours(self):
        cases = []
        either = (True, False)
        for option, pid1, tty, bring_up, uid in itertools.product(sorted(VALUES), either, either, either, (0, ORDINARY_USER)):
            # The default folder is one for all, so who needs any gets its own.
            if bring_up or option not in NEED_STATE:
                cases += [(len(cases) + i, words, pid1, tty, uid, bring_up)
                          for i, words in enumerate(self.words_for(option, uid, "{case}"))]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            problems = [p for p in pool.map(lambda case: self.one(*case), cases) if p]
        self.assertEqual(problems, [], f"{len(problems)} of {len(cases)}:\n" + "\n".join(problems[:10]))


if __name__ == "__main__":
    harness.unittest.main()
