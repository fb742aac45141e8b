"""The cloud_properties of the provider, one module for each kind of resource."""
