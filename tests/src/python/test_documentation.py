"""Everything public has a docstring, and the stubs of programs and attention name what is there."""

import ast
import types
from pathlib import Path

import pytest

import einc

MODULES = [einc, einc.program, einc.attention]


def public(owner):
    return {name: value for name, value in vars(owner).items() if not name.startswith("_") and not isinstance(value, types.ModuleType)}


def documented():
    """(name, object) for every public function, class and member, each once."""
    seen = {}
    for module in MODULES:
        for name, value in public(module).items():
            seen.setdefault(id(value), (f"{module.__name__}.{name}", value))
            if isinstance(value, type) and value.__module__.startswith("einc"):
                for member, of_class in public(value).items():
                    seen.setdefault(id(of_class), (f"{module.__name__}.{name}.{member}", of_class))
    return [(name, value) for name, value in seen.values() if not isinstance(value, (float, str, dict, tuple))]


def test_everything_public_says_what_it_is():
    silent = [name for name, value in documented() if not getattr(value, "__doc__", None) and not name.startswith(("einc.Cpu.", "einc.Limits."))]
    assert silent == []


STUBS = Path(einc.__file__).parent


def names_in_stub(name):
    return names_in(ast.parse((STUBS / f"{name}.pyi").read_text(encoding="utf-8")).body)


def names_in(body):
    """Names that a stub defines or, by `x as x`, takes over from a stub beside it, and for classes the names of their members."""
    found = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = names_in(node.body)
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = None
        elif isinstance(node, ast.AnnAssign):
            found[node.target.id] = None
        elif isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            taken = [name.name for name in node.names if name.asname == name.name]
            if taken:
                there = names_in_stub(node.module)
                found.update({name: there[name] for name in taken})
    return {name: members for name, members in found.items() if not name.startswith("_")}


@pytest.mark.parametrize("module", MODULES[1:], ids=lambda module: module.__name__)
def test_the_stub_names_what_is_there(module):
    stub = names_in_stub(module.__name__.removeprefix("einc."))
    there = public(module)
    assert stub.keys() == there.keys()
    for name, members in stub.items():
        if members is not None and not issubclass(there[name], tuple):
            assert members.keys() == public(there[name]).keys(), name
