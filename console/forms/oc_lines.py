"""Lines for the shell: what the previews of `oc` commands are put together from."""

from __future__ import annotations

import shlex


def merge_patch(old: dict[str, object], new: dict[str, object]) -> dict[str, object]:
    """RFC 7386: what turns the one into the other; null takes away."""
    patch: dict[str, object] = {name: None for name in old if name not in new}
    for name, value in new.items():
        held = old.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            if inner := merge_patch(held, value):
                patch[name] = inner
        elif held != value:
            patch[name] = value
    return patch


def shell_line(*words: str, **options: str) -> str:
    """A shell line; options with an empty value are left out, one-letter ones get one dash."""
    parts = [shlex.quote(word) for word in words]
    for name, value in options.items():
        if value:
            flag = f"-{name} " if len(name) == 1 else f"--{name}="
            parts.append(f"{flag}{shlex.quote(value)}")
    return " ".join(parts)
