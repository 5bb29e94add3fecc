"""Moving over from a running Label Studio: read by its API, written by the services, taken up again where it stopped."""

from __future__ import annotations

from tagma.services.moving.move import Wishes, move
from tagma.services.moving.report import Report
from tagma.services.moving.source import Source

__all__ = ["Report", "Source", "Wishes", "move"]
