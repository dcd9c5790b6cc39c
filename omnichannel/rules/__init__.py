"""When something happens, and if a condition holds, then something is done: once, and visibly the rule's."""
