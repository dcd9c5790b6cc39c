"""What other systems know of a customer: shown beside his thread, and what he bought."""
