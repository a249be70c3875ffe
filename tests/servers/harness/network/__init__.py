"""The parts of `network.py`: a server behind a proxy and a private authority."""
