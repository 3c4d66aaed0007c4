"""Writes files of cases that are made by a program. Knows the form of the files and nothing of what is in them."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "cases"


def without_checksums(content):
    """The same file as a program makes it: checksums are put in by `einc bench --write-checksums`."""
    cases = [{key: value for key, value in case.items() if key != "checksum"} for case in content["cases"]]
    return {**content, "cases": cases}


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def as_text(content):
    """A line for each case, as `einc bench --write-checksums` writes them."""

    def compact(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    parts = []
    for key, value in content.items():
        if key == "cases":
            parts.append('  "cases": [\n' + ",\n".join("    " + compact(case) for case in value) + "\n  ]")
        else:
            parts.append(f"  {compact(key)}: {compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(path, content):
    """Writes the file, with the checksums it had for cases that are still the same."""
    path = Path(path)
    kept = {}
    if path.exists():
        before = read(path)
        for plain, case in zip(without_checksums(before)["cases"], before["cases"]):
            if "checksum" in case and before.get("defaults") == content.get("defaults"):
                kept[as_text({"cases": [plain]})] = case["checksum"]
    cases = []
    for case in content["cases"]:
        checksum = kept.get(as_text({"cases": [case]}))
        cases.append(case if checksum is None else {**case, "checksum": checksum})
    path.write_text(as_text({**content, "cases": cases}), encoding="utf-8")


def main(files):
    """Writes each file anew: {name: content}."""
    for name, content in files.items():
        write(FOLDER / name, content)
        print(f"{FOLDER / name}: {len(content['cases'])} cases; `einc bench --write-checksums {FOLDER / name}` adds new checksums")
