"""Lines of `sign_lines` for `presigned.py`: random ones, and botocore's results."""
