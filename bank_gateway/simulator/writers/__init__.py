"""The simulated banks' own writers: pain.002, camt.054 debit and credit, OCR giro. Every file is made in pieces."""
