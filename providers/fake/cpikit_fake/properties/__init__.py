"""The cloud_properties of the fake, one module for each group of methods that needs them."""
