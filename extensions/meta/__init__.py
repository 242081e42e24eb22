"""The Meta Conversions API package: everything the product knows about Meta stands in here."""
