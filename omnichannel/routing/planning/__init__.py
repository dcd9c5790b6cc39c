"""What-if: the admin's own queues, skills and agents against a day of arrivals."""
