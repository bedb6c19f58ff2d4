"""Dockerfile, compose and Kubernetes files: linted, valid by their schemas, and pinned to what the project needs."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.lock import METHOD, closure, path, roots_by_image

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
COMPOSE = ("docker-compose.yml", "docker-compose.gpu.yml")
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
OWN_SCHEMA = ("kustomization.yaml", "autoscaling.yaml")
"""Kinds that Kubernetes itself does not know: kustomize's and KEDA's."""


def checked(*command: str) -> None:
    """Run a tool of the environment; its words are the message when it objects."""
    done = subprocess.run([SCRIPTS / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_dockerfile_has_no_finding():
    checked("hadolint", "Dockerfile")


@pytest.mark.parametrize("file", COMPOSE)
def test_compose_files_fit_the_specification(file):
    checked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


@pytest.mark.parametrize("file", [m for m in MANIFESTS if m.name not in OWN_SCHEMA], ids=lambda m: m.name)
def test_manifests_fit_kubernetes(file):
    checked("kubernetes-validate", "--strict", "--quiet", str(file))


def test_kustomize_applies_every_manifest_but_the_pattern_of_the_secret():
    listed = yaml.safe_load((ROOT / "deploy/kubernetes/kustomization.yaml").read_text())["resources"]
    assert set(listed) == {m.name for m in MANIFESTS} - {"kustomization.yaml", "secret.example.yaml"}


def test_compose_builds_targets_that_the_dockerfile_has():
    targets = set(re.findall(r"^FROM .* AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    built = {service["build"]["target"] for service in compose()["services"].values() if "build" in service}
    assert built == {"api", "worker", "triton"}
    assert built <= targets


def test_every_service_restarts_and_is_limited():
    for name, service in compose()["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert "memory" in service["deploy"]["resources"]["limits"], name


def test_every_secret_of_the_compose_file_is_explained():
    page = (ROOT / "deploy/secrets/README.md").read_text()
    assert all(Path(secret["file"]).name in page for secret in compose()["secrets"].values())


@pytest.mark.parametrize("image", ["api", "worker"])
def test_images_pin_everything_that_the_project_needs(image):
    pins = {Requirement(line).name: Requirement(line) for line in path(image).read_text().splitlines()[1:]}
    roots = roots_by_image()[image]
    missing = {canonicalize_name(name) for name in closure(roots)} - {canonicalize_name(name) for name in pins}
    assert not missing, f"run make lock: {sorted(missing)}"
    for root in roots:
        version = str(pins[canonicalize_name(root.name)].specifier).removeprefix("==")
        assert root.specifier.contains(version), f"run make lock: {root}"


@pytest.mark.parametrize("program", ["service", "receiver"])
def test_the_doors_start_without_what_their_image_lacks(program):
    assert not METHOD & {Requirement(line).name for line in path("api").read_text().splitlines()[1:]}
    lacking = f"import sys; sys.modules.update(dict.fromkeys({sorted(METHOD)}))"
    subprocess.run([sys.executable, "-c", f"{lacking}; import {program}.__main__"], cwd=ROOT, check=True)


def test_the_workers_run_the_torch_that_the_project_pins():
    torch = next(root for root in roots_by_image()["worker"] if root.name == "torch")
    assert str(torch) in path("worker").read_text().splitlines()
