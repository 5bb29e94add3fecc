"""What storages of objects have in common; no plugin by itself."""

from tagma_objects.fields import Address, Folder, Given, Secret
from tagma_objects.storage import ObjectStorage, client_options
from tagma_objects.trouble import Refusal, answered, unaddressable

__all__ = [
    "Address",
    "Folder",
    "Given",
    "ObjectStorage",
    "Refusal",
    "Secret",
    "answered",
    "client_options",
    "unaddressable",
]
