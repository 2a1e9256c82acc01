"""How the gateway asks the authentic sources: in the same process, or over HTTP (`.http`, which brings a library of its own)."""

from gateway.adapters.sources.local import LocalSources
from gateway.adapters.sources.routed import RoutedSources

__all__ = ["LocalSources", "RoutedSources"]
