"""The loop that observes, decides and acts; one per town."""
