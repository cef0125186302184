"""No file of the project says where packages come from: whoever installs decides that."""

import re

import pytest

from tests.house.paths import ROOT, files

# Built from their parts, so that this file does not name them either.
HOSTS = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("proxy", "golang", "org"),
    )
)
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "tests/servers/npm/package-lock.json")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    found = []
    for name in files():
        text = (ROOT / name).read_text("utf-8", "replace").lower()
        found += [f"{name}: {host}" for host in HOSTS if host in text]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_option_that_sets_one(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r".*(?:://|--(?:extra-)?index-url|--find-links|--trusted-host|\bfile:/).*", text) == []
