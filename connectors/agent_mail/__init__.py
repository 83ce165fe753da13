"""E-mail to repo agents that are on no network: orders out with a PDF, answers and returned mail in."""
