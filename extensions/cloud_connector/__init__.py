"""The Cloud Connector: calls any server on the internet."""
