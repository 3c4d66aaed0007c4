"""Every example in a docstring of einc, and in docs/python.md, gives what it says."""

import doctest
import importlib
import inspect
import pathlib
import pkgutil

import einc
import numpy as np
import pytest

DOCUMENT = pathlib.Path(__file__).parents[3] / "docs" / "python.md"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
modern = pytest.mark.skipif(int(np.__version__.split(".")[0]) < 2, reason="numbers print otherwise before numpy 2")


def documented(owner, name):
    """(name, docstring) of what a module or class holds."""
    for member, value in vars(owner).items():
        value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        text = getattr(value, "__doc__", None)
        if member.startswith("__") or not isinstance(text, str) or not (inspect.isroutine(value) or inspect.isclass(value) or isinstance(value, property) or hasattr(value, "__nb_signature__")):
            continue
        if inspect.isclass(value):
            if value.__module__.split(".")[0] != "einc":
                continue
            yield from documented(value, f"{name}.{member}")
        elif getattr(value, "__module__", None) is not None and str(value.__module__).split(".")[0] != "einc":
            continue
        yield f"{name}.{member}", text


def modules():
    yield einc
    for found in pkgutil.iter_modules(einc.__path__):
        yield importlib.import_module(f"einc.{found.name}")


DOCSTRINGS = {}
for module in modules():
    DOCSTRINGS.setdefault(module.__doc__, module.__name__)
    for name, text in documented(module, module.__name__):
        DOCSTRINGS.setdefault(text, name)
WITH_EXAMPLES = sorted((name, text) for text, name in DOCSTRINGS.items() if text and ">>>" in text)


def run(name, text, globals_):
    test = doctest.DocTestParser().get_doctest(text, globals_, name, None, 0)
    assert test.examples
    said = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)


@modern
@pytest.mark.parametrize("name, text", WITH_EXAMPLES, ids=[name for name, _ in WITH_EXAMPLES])
def test_examples_give_what_they_say(name, text):
    module = importlib.import_module(name.rsplit(".", 1)[0]) if name.split(".")[1].startswith("_") and name.count(".") == 2 else einc
    run(name, text, dict(vars(module)))


def test_the_calls_of_every_day_have_examples():
    names = {name for name, _ in WITH_EXAMPLES}
    for call in ("einsum", "einsum_view", "compile", "contract", "einsum_path", "contract_path", "contract_expression", "tensordot", "transpose"):
        assert any(name.endswith(f".{call}") for name in names), call


def test_every_public_name_is_documented():
    for name in einc.__all__:
        value = getattr(einc, name)
        assert isinstance(value.__doc__, str) and value.__doc__.strip(), name
        if inspect.isclass(value) and value.__module__ == "einc._einc":
            for member, part in vars(value).items():
                if not member.startswith("_"):
                    text = getattr(part, "__doc__", None) or ""
                    assert text.strip() and not text.strip().startswith("(self)"), f"{name}.{member} says only {text!r}"


@modern
@pytest.mark.skipif(not DOCUMENT.exists(), reason="the documents are not beside the tests")
def test_the_document_gives_what_it_says():
    pytest.importorskip("torch")
    pytest.importorskip("opt_einsum")
    inside, blocks = False, []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```python"
            blocks.append("")
        else:
            blocks.append(line if inside else "")
    run("docs/python.md", "\n".join(blocks), {})
