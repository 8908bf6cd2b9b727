"""Where the recorded behaviour of the real systems lies: data that tests read, never product code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def shared_path(*parts: str) -> Path:
    """Path under the shared folder (`../shared`, or `SHIFTLAB_SHARED`)."""
    base = Path(os.environ.get("SHIFTLAB_SHARED", ROOT.parent / "shared"))
    return base.joinpath(*parts)


def load_json(*parts: str) -> Any:
    """The parsed JSON document at that path."""
    return json.loads(shared_path(*parts).read_text(encoding="utf-8"))
