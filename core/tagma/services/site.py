"""The server's one state: settings, database, plugins, jobs, events. Every service gets it as its first argument."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

from tagma.db.engine import Database
from tagma.db.migrate import prepare
from tagma.jobs import Jobs
from tagma.labeling.config import parse
from tagma.plugin.config import LabelingConfig
from tagma.plugin.manager import PluginManager
from tagma.services.hub import Hub
from tagma.services.media import deriving
from tagma.services.model import training
from tagma.services.model.asking import Asking
from tagma.services.outbox import Outbox
from tagma.services.plugin_server import PluginServer
from tagma.services.sealing import Sealer, renew
from tagma.services.storage import targets
from tagma.services.storage.link_reader import LinkReader
from tagma.settings import Settings


@dataclass(eq=False)
class Site:
    settings: Settings
    database: Database
    plugins: PluginManager
    hub: Hub = field(default_factory=Hub)
    jobs: Jobs = field(init=False)
    outbox: Outbox = field(init=False)
    sealer: Sealer = field(init=False)
    links: LinkReader = field(init=False)
    asking: Asking = field(default_factory=Asking)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self)
        self.outbox = Outbox(self)
        self.sealer = Sealer((self.settings.secret_key, *self.settings.secret_key_before))
        self.links = LinkReader(self.settings)
        self._parsed = functools.lru_cache(256)(lambda xml: parse(xml, self.plugins.tags))

    def config(self, xml: str) -> LabelingConfig:
        """The tree of a stored config; tags that no plugin provides are nodes without a class."""
        return self._parsed(xml)

    def folder(self, *parts: str) -> Path:
        """A folder below the data folder, made if need be."""
        folder = self.settings.data_dir.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        self.jobs.close()
        self.hub.close()
        self.outbox.close()
        self.asking.close()
        self.database.close()


def open_site(settings: Settings) -> Site:
    """Open the database (bringing it up to date), load the plugins, connect the two by events.

    :raises tagma.errors.Unavailable: the database can't be used; says why.
    """
    database = Database(settings.database_url)
    try:
        prepare(database)
        site = Site(settings, database, PluginManager.load(settings.plugins))
        renew(database, site.sealer)
    except BaseException:
        database.close()
        raise
    database.notes.append(targets.note)
    database.listeners.append(site.hub.publish)
    site.hub.listeners.append(lambda event: deriving.on_event(site, event))
    server = PluginServer(site)
    site.hub.listeners.append(lambda event: site.plugins.notify(event, server))
    site.hub.listeners.append(lambda event: targets.wake(site, event))
    site.hub.listeners.append(lambda event: training.listen(site, event))
    return site
