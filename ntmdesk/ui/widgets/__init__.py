"""Small widgets of the desk, one noun a file; none knows a page, a store or a thread."""
