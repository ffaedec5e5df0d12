"""Rows of a table become numbers that a network likes, and its outputs become units again.

In come arrays as the user has them; out go contiguous rows in the network's float type, standardised. Read
`standardizer.py` first.
"""
