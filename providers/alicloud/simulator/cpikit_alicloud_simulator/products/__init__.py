"""The products: every module below this package is read by the catalogue, none is listed."""
