"""The command line of checks with random inputs, which a seed repeats."""

from __future__ import annotations

import argparse
import os
import random


def parse_arguments(description: str, program: str, kind: str) -> argparse.Namespace:
    """Parses the command line: the program, the inputs of each kind, the seed, or one input."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(program, type=os.path.abspath)
    parser.add_argument(
        "--count", type=int, default=10_000, help="random inputs for each of s3 and others"
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="a random one unless given; it is printed"
    )
    parser.add_argument("--only", metavar=f"{kind}:NUMBER", help="only this input")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(2**32)
    return arguments
