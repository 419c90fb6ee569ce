"""The verbs of `gt`, one module per feature; each is imported only when it is called."""
