"""The nine sections of the report, in the order of a reader's questions.

In comes a finished run and a language; out goes a Section. Read `verdict.py` first, as the reader of a report does.
"""
