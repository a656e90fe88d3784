"""What a student imports: `from striate import check, data, plot`. Nothing in here holds a solution."""
