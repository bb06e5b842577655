"""A stand-in for an outside audit service: takes the order, thinks for a few seconds, reports believable findings."""
