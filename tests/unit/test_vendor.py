"""The vendored front-end files are the recorded ones and refer to nothing that is missing."""

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", ROOT / ".ci" / "vendor.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_has_its_recorded_hash(vendor: ModuleType) -> None:
    assert vendor.problems() == []


def test_a_changed_a_missing_and_an_unknown_file_are_reported(
    vendor: ModuleType, tmp_path: Path
) -> None:
    root = tmp_path / "vendor"
    shutil.copytree(vendor.VENDOR / "idiomorph", root / "idiomorph")
    (root / "vendor.toml").write_text(
        "[sha256]\n"
        + "".join(f'"{name}" = "{digest}"\n' for name, digest in vendor.digests(root).items())
    )
    assert vendor.problems(root) == []
    script = next(root.rglob("*.js"))
    script.write_text(script.read_text() + "\n")
    next(root.rglob("LICENSE")).unlink()
    (root / "extra.js").write_text("")
    assert sorted(line.split(":")[0] for line in vendor.problems(root)) == [
        "changed",
        "missing",
        "not in vendor.toml",
    ]


def test_every_package_names_its_licence_and_pins_its_version(vendor: ModuleType) -> None:
    for package in vendor.load()["package"]:
        assert package["licence"]
        assert package["npm"].endswith("@" + package["version"])


def test_each_file_that_a_style_sheet_names_is_present() -> None:
    sheets = [*STATIC.rglob("*.css")]
    assert sheets
    for sheet in sheets:
        for url in re.findall(r"""url\(["']?([^"')]+)["']?\)""", sheet.read_text()):
            if not url.startswith(("data:", "#")):
                assert (sheet.parent / url).exists(), f"{sheet.name} names {url}"


def test_no_script_or_style_sheet_refers_to_a_source_map() -> None:
    for path in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]:
        assert "sourceMappingURL=" not in path.read_text(), path.name


def test_each_icon_that_a_template_or_tag_names_is_in_the_sprite(vendor: ModuleType) -> None:
    sprite = next(p for p in vendor.load()["package"] if "sprite" in p)["sprite"]
    used = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r'{%\s*icon\s+"([a-z-]+)"', path.read_text()))
    assert used
    assert used <= set(sprite)
