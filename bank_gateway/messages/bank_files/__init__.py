"""What the readers of banks' files have in common: staging tables, values, safe XML in constant memory."""
