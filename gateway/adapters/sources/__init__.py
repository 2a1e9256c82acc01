"""How the gateway asks the authentic sources: over HTTP, or in the same process."""

from gateway.adapters.sources.http import HttpSources
from gateway.adapters.sources.local import LocalSources
from gateway.adapters.sources.routed import RoutedSources

__all__ = ["HttpSources", "LocalSources", "RoutedSources"]
