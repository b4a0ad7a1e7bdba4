"""From a project and flags to a deployed transform: plan, look before sending, send."""
