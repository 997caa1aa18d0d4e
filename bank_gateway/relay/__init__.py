"""The relay: files to banks sent exactly once, files from banks read exactly once."""
