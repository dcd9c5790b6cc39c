"""What admins change of people, skills, queues and wrap-up codes: checked, audited, never over what a colleague wrote."""
