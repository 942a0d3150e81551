"""The only part of the server that speaks SQL: SQLite in one file, or PostgreSQL by a URL."""
