"""The Norwegian texts: read, compiled and checked without gettext's programs, which a fresh machine lacks."""
