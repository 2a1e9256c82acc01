"""Settings of what must come out the same on every machine."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from gateway.settings import Settings


class RunSettings(Settings):
    """Settings of a run: what this machine has set counts for nothing, so that every machine does the same."""

    @classmethod
    def settings_customise_sources(  # noqa: D102  as its base
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls
        return (init_settings,)
