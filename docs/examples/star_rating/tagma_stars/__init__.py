"""An example plugin of Tagma: the tag ``<Stars>``."""
