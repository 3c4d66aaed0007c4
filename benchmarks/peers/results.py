"""Results as a file: written whole after every case, so that a run that ends early keeps what it has and another can go on."""

import json
import os
from pathlib import Path


def write(path, results):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, path)


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def to_resume(path, versions, threads):
    """The cases of an earlier run under the same conditions, by id; none where there is no such run."""
    try:
        before = read(path)
    except (OSError, ValueError):
        return {}
    if before.get("versions") != versions or before.get("machine", {}).get("threads") != threads:
        return {}
    return {case["id"]: case for case in before.get("cases", [])}
