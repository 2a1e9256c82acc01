"""SOAP 1.1 in the Verzoek/Repliek shape of the platform."""
