"""The type stubs name everything that einc offers, with the parameters it has, and nothing else."""

import ast
import inspect
import pathlib

import einc
import pytest

STUBS = pathlib.Path(einc.__file__).with_name("__init__.pyi")
TREE = ast.parse(STUBS.read_text(encoding="utf-8"))


def stubbed(body):
    """Names that a stub defines: functions (every overload), classes, values."""
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign):
            found.setdefault(node.target.id, []).append(node)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for name in node.names:
                if name.asname == name.name:  # `x as x` is how a stub exports what it imports
                    found.setdefault(name.name, []).append(node)
    return found


NAMES = stubbed(TREE.body)


def parameters_of_stub(node):
    given = node.args
    names = [argument.arg for argument in given.posonlyargs + given.args]
    names += [f"*{given.vararg.arg}"] if given.vararg else []
    names += [argument.arg for argument in given.kwonlyargs]
    return names + ([f"**{given.kwarg.arg}"] if given.kwarg else [])


def signature_text(function):
    """The signature of a compiled function, which nanobind puts first in its docstring."""
    return f"def {function.__doc__.splitlines()[0]}"


def parameters(function):
    try:
        signature = inspect.signature(function)
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        return [stars.get(parameter.kind, "") + parameter.name for parameter in signature.parameters.values()]
    except (TypeError, ValueError):
        return parameters_of_stub(ast.parse(signature_text(function) + ": ...").body[0])


def test_every_public_name_has_a_stub():
    missing = [name for name in [*einc.__all__, "__version__", "__all__"] if name not in NAMES]
    assert not missing


def test_every_public_stub_has_a_name():
    invented = [name for name in NAMES if not name.startswith("_") and not hasattr(einc, name)]
    assert not invented


@pytest.mark.parametrize("name", [name for name in einc.__all__ if inspect.isroutine(getattr(einc, name)) or hasattr(getattr(einc, name), "__nb_signature__")])
def test_functions_have_the_parameters_of_their_stubs(name):
    wanted = parameters(getattr(einc, name))
    stubs = [parameters_of_stub(node) for node in NAMES[name]]
    assert wanted in stubs, f"{name}: {wanted}, and the stub says {stubs}"


# Classes that the stub imports have their own stubs, which test_documentation.py holds against them.
@pytest.mark.parametrize("name", [name for name in einc.__all__ if isinstance(getattr(einc, name), type) and not isinstance(NAMES[name][0], ast.ImportFrom)])
def test_classes_have_the_members_of_their_stubs(name):
    kind = getattr(einc, name)
    (node,) = NAMES[name]
    members = stubbed(node.body)
    here = {member for member in vars(kind) if not member.startswith("_")}
    assert here <= set(members), f"{name} has {here - set(members)} beside its stubs"
    if name not in ("PathInfo", "ContractExpression"):  # whose attributes are set as they are made
        assert {member for member in members if not member.startswith("_")} <= set(dir(kind))
    for member, nodes in members.items():
        if isinstance(nodes[0], ast.FunctionDef) and not nodes[0].decorator_list and member in vars(kind) and hasattr(vars(kind)[member], "__nb_signature__"):
            assert parameters(vars(kind)[member]) == parameters_of_stub(nodes[0]), member


def test_an_info_has_the_attributes_of_its_stubs():
    info = einc.contract_path("ij,jk", (2, 3), (3, 4), shapes=True)[1]
    members = stubbed(NAMES["PathInfo"][0].body)
    assert all(hasattr(info, member) for member in members)
    assert set(vars(info)) <= set(members)


def test_exceptions_have_the_bases_of_their_stubs():
    for name in ("Error", "ElementTypeError", "MemoryLimitError", "InternalError"):
        bases = [ast.unparse(base) for base in NAMES[name][0].bases]
        assert [base.__name__ for base in getattr(einc, name).__bases__] == bases


def test_options_in_the_stubs_are_those_that_calls_take():
    options = [node for node in TREE.body if isinstance(node, ast.ClassDef) and node.name in ("_Options", "_CompileOptions")]
    names = {node.target.id for one in options for node in one.body if isinstance(node, ast.AnnAssign)}
    with pytest.raises(TypeError) as caught:
        einc.compile("i", (2,), no_such_option=1)
    offered = {word.strip() for word in str(caught.value).split("options are ")[1].split(",")}
    assert names == offered


def test_the_package_says_that_it_has_types():
    assert STUBS.with_name("py.typed").exists()
    for stub in STUBS.parent.glob("*.pyi"):
        ast.parse(stub.read_text(encoding="utf-8"))
