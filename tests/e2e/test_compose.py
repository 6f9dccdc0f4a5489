"""compose/ as files: what can be said about the containers' examples without a container engine."""
import re

import harness
from harness import ROOT, Case

COMPOSE = ROOT / "compose"


def environment_of(text):
    """The NAME: value lines below the last `environment:` of a Compose file, with the defaults of ${NAME:-default}."""
    block = re.search(r"(?m)^( +)environment:\n((?:\1 +.*\n)+)", text[text.index("  app:\n") :]).group(2)
    pairs = re.findall(r"(?m)^ +([A-Z_]+): (.*)$", block)
    return {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in pairs}


def build_stage(path):
    text = path.read_text()
    return re.search(r"(?ms)^FROM \S+ AS build\n.*?(?=^FROM )", text).group(0).rstrip()


class Compose(Case):
    def test_the_application_s_environment_is_valid_for_its_manifest(self):
        env = environment_of((COMPOSE / "compose.yaml").read_text())
        self.assertIn("REDIS_URL", env)
        done = self.command("config", "--strict", "--file", COMPOSE / "app.json", env=env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_kubernetes_example_is_valid_for_the_profile(self):
        text = (COMPOSE / "kubernetes.yaml").read_text()
        env = dict(re.findall(r"(?m)^  ([A-Z_]+): (.*)$", text))
        self.assertIn("REDIS_URL", env)
        done = self.command("config", "--strict", "--profile", "devstack", env=env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_both_dockerfiles_build_muster_in_the_same_way(self):
        """Line by line, so that they share their layers."""
        self.assertEqual(build_stage(COMPOSE / "Dockerfile"), build_stage(ROOT / "Dockerfile"))

    def test_the_manifests_of_both_settings_are_valid(self):
        for name in ("demo.json", "app.json", "web/muster.json"):
            with self.subTest(name):
                done = self.command("config", "--manifest", "--file", COMPOSE / name)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    harness.unittest.main()
