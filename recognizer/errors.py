"""The errors that this project raises on purpose: each message says what to do about it."""


class RecognizerError(Exception):
    """What went wrong, in plain words that can be shown to anyone."""


class ModelError(RecognizerError):
    """A model is missing, damaged or misnamed."""


class DatasetError(RecognizerError):
    """A data set is missing or unusable."""


class MissingDatasetError(DatasetError):
    """The file is not there and could not be fetched."""


class DamagedDatasetError(DatasetError):
    """The file is there, but it is not what it should be."""


class DrawingError(RecognizerError, ValueError):
    """What was drawn cannot be read: it is no drawing, or far too large."""


class TooLargeError(DrawingError):
    """A drawing has more strokes, points or pixels than anybody draws, or is too far away."""


class PictureError(RecognizerError):
    """A file is not a picture that can be read."""


class RequestError(RecognizerError):
    """A training request asks for something that is not possible."""


class BusyError(RecognizerError):
    """Somebody else is training, or changing the models, at this moment."""


class DiskError(RecognizerError):
    """The disk is full, or a folder cannot be written to."""


class CollectionError(RecognizerError):
    """Drawings cannot be kept, or the kept ones not be read, at the moment."""


class LimitError(RecognizerError):
    """A drawing is too large, or too many came at once."""


class TrainingError(RecognizerError):
    """A training cannot go on."""


class ClusterError(RecognizerError):
    """There is no Ray, no such cluster, or it cannot be used."""
