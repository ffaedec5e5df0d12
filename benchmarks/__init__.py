"""Measurements that anyone can repeat; README.md has the commands."""
