"""The parts of `forms.py`: changes of whole requests, and what servers make of them."""
