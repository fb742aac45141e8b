"""What makes the site: pages from elsewhere in the repository, and pages made of the code."""
