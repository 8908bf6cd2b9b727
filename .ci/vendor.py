#!/usr/bin/env python3
"""Re-creates or verifies `static/vendor/`: the style sheets, fonts and scripts that others wrote.

`vendor.toml` in that folder names the npm packages, their licences and the files wanted. `--check`
(the default) compares every file with its sha256 and needs no network; `--update` fetches the
packages with npm, builds the icon sprite and the editor bundle, and rewrites the hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "vendor.toml"
HASHES = "\n# Written by `.ci/vendor.py --update`.\n[sha256]\n"

Package = dict[str, Any]
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)")


def load(manifest: Path = MANIFEST) -> dict[str, Any]:
    """The parsed manifest: `package` (a list) and `sha256` (path under static/vendor -> digest)."""
    return tomllib.loads(manifest.read_text())


def digests(root: Path = VENDOR) -> dict[str, str]:
    """sha256 of every vendored file, by path relative to `root`, without the manifest itself."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != MANIFEST.name
    }


def problems(root: Path = VENDOR) -> list[str]:
    """What differs between the files under `root` and the hashes in its manifest."""
    wanted = load(root / MANIFEST.name).get("sha256", {})
    found = digests(root)
    missing = [f"missing: {name}" for name in wanted if name not in found]
    unknown = [f"not in {MANIFEST.name}: {name}" for name in found if name not in wanted]
    changed = [
        f"changed: {name}" for name in wanted if found.get(name, wanted[name]) != wanted[name]
    ]
    return missing + unknown + changed


def run(*command: str, cwd: Path) -> str:
    """Run a command of the npm tool chain and return what it prints."""
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def unpack(spec: str, work: Path) -> Path:
    """Fetch one npm package and return the folder that its tarball unpacks to."""
    tarball = run("npm", "pack", "--silent", spec, cwd=work).splitlines()[-1]
    target = work / re.sub(r"\W+", "-", spec)
    with tarfile.open(work / tarball) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def copy_files(package: Package, source: Path, target: Path) -> None:
    """Copy the wanted files; source-map comments go, since the maps are not vendored."""
    for name in package["files"]:
        origin = source / name
        if not origin.exists():
            origin = source / package.get("strip", "") / name
        data = origin.read_bytes()
        if origin.suffix in {".css", ".js"}:
            data = SOURCE_MAP.sub(b"", data)
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(data)


def build_sprite(package: Package, source: Path, target: Path) -> None:
    """One SVG with a <symbol> per icon, so that a page refers to `icons.svg#name`."""
    symbols = []
    for name, origin in sorted(package["sprite"].items()):
        svg = (source / "dist" / "static" / f"{origin}.svg").read_text()
        found = re.search(r'viewBox="([^"]+)"[^>]*>(.*)</svg>', svg, re.DOTALL)
        if found is None:
            raise SystemExit(f"{origin}.svg has no viewBox")
        symbols.append(f'<symbol id="{name}" viewBox="{found[1]}">{found[2]}</symbol>')
    body = "\n".join(symbols)
    text = f'<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">\n{body}\n</svg>\n'
    (target / "icons.svg").write_text(text)


def build_bundle(package: Package, target: Path, work: Path) -> None:
    """Bundle `entry.js` and what it imports into one ES module."""
    run("npm", "init", "--yes", cwd=work)
    run("npm", "install", "--silent", "--save-exact", *package["bundle"], cwd=work)
    (work / "entry.js").write_text((target / "entry.js").read_text())
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=inline"]
    out = f"--outfile={target / 'codemirror.js'}"
    run(str(work / "node_modules/.bin/esbuild"), "entry.js", *options, out, cwd=work)


def update() -> None:
    """Re-create every package folder and write the hashes into the manifest."""
    for package in load()["package"]:
        target = VENDOR / package["name"] / package["version"]
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            source = unpack(package["npm"], work)
            copy_files(package, source, target)
            if "sprite" in package:
                build_sprite(package, source, target)
            if "bundle" in package:
                build_bundle(package, target, work)
    head = MANIFEST.read_text().split(HASHES)[0].rstrip("\n") + "\n"
    lines = "".join(f'"{name}" = "{digest}"\n' for name, digest in digests().items())
    MANIFEST.write_text(head + HASHES + lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="verify the hashes (the default)")
    parser.add_argument("--update", action="store_true", help="fetch and build everything anew")
    if parser.parse_args().update:
        update()
    found = problems()
    sys.stdout.write("".join(f"{line}\n" for line in found) or "static/vendor is as recorded\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
