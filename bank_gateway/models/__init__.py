"""What the relay keeps: lines, files out and in, doubts about them and how they end, deviations, pauses."""

from bank_gateway.models.doubts import Doubt, DoubtDecision, DoubtKind, EndedBy, FellBecause, FolderShows, Verdict
from bank_gateway.models.relay import (
    Connection,
    Deviation,
    DeviationKind,
    DeviationState,
    ForgottenUpload,
    IncomingFile,
    IncomingState,
    OutgoingFile,
    OutgoingState,
    Pause,
    PauseScope,
    SeenEntry,
    SeenNotification,
    Sighting,
)

__all__ = [
    "Connection",
    "Deviation",
    "DeviationKind",
    "DeviationState",
    "Doubt",
    "DoubtDecision",
    "DoubtKind",
    "EndedBy",
    "FellBecause",
    "FolderShows",
    "ForgottenUpload",
    "IncomingFile",
    "IncomingState",
    "OutgoingFile",
    "OutgoingState",
    "Pause",
    "PauseScope",
    "SeenEntry",
    "SeenNotification",
    "Sighting",
    "Verdict",
]
