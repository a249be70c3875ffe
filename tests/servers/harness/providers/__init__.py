"""The parts of `providers.py`: what a server's credentials must be good for."""
