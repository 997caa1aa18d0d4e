"""The catalogues that pages speak Norwegian from."""

from autopay_portal.translations.compiled import compile_language

# Before anything asks for a text: Django keeps a catalogue it has read.
compile_language("nb")
