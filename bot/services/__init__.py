"""The use cases: a class per topic, a method per thing one can ask. They own the transactions."""
