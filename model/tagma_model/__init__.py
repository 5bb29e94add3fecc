"""Wrap a model so that a labeling server shows its suggestions, and so that it learns from what people do."""

from tagma_model.config import Config, Label, Object
from tagma_model.control import Control
from tagma_model.errors import ModelError
from tagma_model.model import Model

__version__ = "0.1.0"
__all__ = ["Config", "Control", "Label", "Model", "ModelError", "Object", "__version__"]
