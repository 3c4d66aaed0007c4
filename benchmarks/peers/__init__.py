"""The peers side by side: the case files of `einc bench`, run through einc and other libraries in one process."""
