"""Whether the released code and this one can work on one database during an update."""
