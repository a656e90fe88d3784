"""What authors and teaching assistants run: `python -m autograde --help`."""
