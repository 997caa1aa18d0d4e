"""Norway's check digits as PostgreSQL functions, so that rules over a hundred thousand rows stay set-based.

The same rules as `kid.py` and `accounts.py`; a test compares the two over random numbers.
"""


def _digit(index: int) -> str:
    return f"(get_byte(b, {index}) & 15)"


# The check digit of a KID over the 24 digits before it, right-aligned and zero-filled (Nets, OCR giro manual, ch. 5).
# MOD10 doubles every other digit from the right and sums the digits of the products: 2d, less 9 from d = 5.
_MOD10 = " + ".join(f"2 * {_digit(i)} - 9 * ({_digit(i)} / 5)" if i % 2 else _digit(i) for i in range(24))
# MOD11 weights 2 to 7 from the right, again and again.
_MOD11 = " + ".join(f"{2 + (23 - i) % 6} * {_digit(i)}" for i in range(24))
# Account numbers: weights 5432765432 on the first ten of eleven digits.
_ACCOUNT = " + ".join(f"{weight} * {_digit(i)}" for i, weight in enumerate((5, 4, 3, 2, 7, 6, 5, 4, 3, 2)))
_HAS_FORM = """kid IS NOT NULL AND length(kid) BETWEEN 2 AND 25 AND translate(left(kid, -1), '0123456789', '') = ''"""

CREATE_FUNCTIONS = f"""
CREATE FUNCTION norway_kid_mod10(kid text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    b bytea;
BEGIN
    IF NOT ({_HAS_FORM}) OR translate(right(kid, 1), '0123456789', '') <> '' THEN
        RETURN false;
    END IF;
    b := convert_to(lpad(left(kid, -1), 24, '0'), 'UTF8');
    RETURN (10 - ({_MOD10}) % 10) % 10 = right(kid, 1)::int;
END $$;

CREATE FUNCTION norway_kid_mod11(kid text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    b bytea;
    remainder int;
BEGIN
    IF NOT ({_HAS_FORM}) OR translate(right(kid, 1), '0123456789-', '') <> '' THEN
        RETURN false;
    END IF;
    b := convert_to(lpad(left(kid, -1), 24, '0'), 'UTF8');
    remainder := ({_MOD11}) % 11;
    IF remainder = 1 OR right(kid, 1) = '-' THEN
        RETURN remainder = 1 AND right(kid, 1) = '-';
    END IF;
    RETURN (11 - remainder) % 11 = right(kid, 1)::int;
END $$;

CREATE FUNCTION norway_kid_ok(kid text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN norway_kid_mod10(kid) OR norway_kid_mod11(kid);
END $$;

CREATE FUNCTION norway_account_ok(account text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    b bytea;
    remainder int;
BEGIN
    IF account IS NULL OR length(account) <> 11 OR translate(account, '0123456789', '') <> '' THEN
        RETURN false;
    END IF;
    b := convert_to(account, 'UTF8');
    remainder := ({_ACCOUNT}) % 11;
    -- Remainder 1 would need the check digit 10: such a number is never issued.
    RETURN remainder <> 1 AND (11 - remainder) % 11 = {_digit(10)};
END $$;

-- The eleven digits behind a Norwegian account or IBAN (ISO 13616: check digits by ISO 7064 MOD97-10), else null.
CREATE FUNCTION norway_account_of(account text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN account ~ '^[0-9]{{11}}$' THEN account
        WHEN account ~ '^NO[0-9]{{13}}$'
             AND (right(account, 11) || '2324' || substr(account, 3, 2))::numeric % 97 = 1 THEN right(account, 11)
    END
$$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION norway_account_of(text);
DROP FUNCTION norway_account_ok(text);
DROP FUNCTION norway_kid_ok(text);
DROP FUNCTION norway_kid_mod11(text);
DROP FUNCTION norway_kid_mod10(text);
"""
