"""A company's page of pauses: what holds its payments, and for its administrators laying and lifting."""
