"""What is said, and how it gets there: a month of Markdown becomes one letter for each reader."""
