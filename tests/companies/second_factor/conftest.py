"""People with authenticator apps, and the catalogues that pages speak Norwegian from."""

from autopay_portal.translations.compiled import compile_language

compile_language("nb")
