"""The package behind the book: every module is one idea that a chapter can name."""
