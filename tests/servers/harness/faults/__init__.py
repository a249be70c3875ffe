"""Faults on the way between rolefs and a server, and what each must lead to."""
