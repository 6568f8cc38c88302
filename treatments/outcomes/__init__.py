"""What needling did here: figures over many signed sessions. Only reads."""
