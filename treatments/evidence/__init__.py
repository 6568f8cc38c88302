"""What is published about needling: facts with a source, and what clinicians decided about them."""
