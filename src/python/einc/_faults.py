"""Errors that Python code of this package raises, with the same parts as those of the library."""

from ._einc import Error


class PathError(Error, RuntimeError):
    """A path that does not lead to one result. A RuntimeError too, as numpy's."""


def fault(sentence, kind=Error, code="bad_option"):
    """An Error about no place in a text: raise fault("...")."""
    error = kind(sentence)
    error.code, error.sentence, error.text, error.hint, error.marks = code, sentence, "", "", []
    return error
