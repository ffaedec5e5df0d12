"""Rows of a table become numbers that a network likes, and its outputs become units again.

In come tables as the user has them; out go contiguous rows in the network's float type, scaled. Read `standardizer.py`
first, which is all that plain numbers need, and then `encoder.py` for tables of mixed columns.
"""
