"""What can be installed in a property: the contract, the registry, one folder per package."""
