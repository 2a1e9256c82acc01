"""What operators see of a running space: lines, figures and whether it is ready. Never a person."""

from gateway.adapters.operation.exposition import Exposition
from gateway.adapters.operation.lines import LineSink
from gateway.adapters.operation.readiness import Readiness
from gateway.adapters.operation.standing_files import standing_files
from gateway.adapters.operation.watch import SpaceWatch

__all__ = ["Exposition", "LineSink", "Readiness", "SpaceWatch", "standing_files"]
