"""OCR giro, the file of payments with KID from Mastercard Payment Services (formerly Nets)."""
