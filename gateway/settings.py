"""Every setting, frozen, read from `MAGDA_SIM_…` once at start-up; `docs/settings.md` lists them."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.contracts.quirks import parse_quirks
from gateway.domain.erasure import PERIOD, LogTerms, parse_terms
from gateway.domain.public_address import parse_bases
from gateway.domain.witnessing import parse_witnesses
from gateway.flows.throttle import Limits, Rate, parse_rates

HTTPS_PORT, FTPS_PORT = 8443, 8421
Transport = Literal["sftp", "process"]
DEMO_CLOCK = "2025-03-10T08:00:00+01:00"


class Settings(BaseSettings):
    """How one process of the simulator behaves. Sizes in bytes, durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="MAGDA_SIM_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address that all listeners bind")
    http_port: int = Field(8480, ge=0, le=65535, description="HTTP port; 0 takes a free one")
    https_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="HTTPS port; 8443 if not set, or a free one with HTTP on 0",
    )
    sftp_port: int = Field(8422, ge=0, le=65535, description="SFTP port; 0 takes a free one")
    ftps: bool = Field(
        default=True, description="Open the FTPS door too, where the extra `ftps` is installed"
    )
    strict_transport: bool = Field(
        default=False,
        description="Files go only by the way (SFTP, FTPS) that their flow's text names",
    )
    ftps_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="FTPS port; 8421 if not set, or a free one with SFTP on 0",
    )
    data: Path = Field(Path("var"), description="Folder that holds the space")
    spaces: int = Field(
        100, ge=0, description="How many further spaces the process may hold at once"
    )
    seed: int = Field(1, ge=0, description="Everything in simulation derives from it")
    people: int = Field(
        0, ge=0, le=1_000_000, description="How many people there are beside those with a name"
    )
    clock: str = Field("wall", description="Start of the clock: an instant, or `wall`")
    demo: bool = Field(default=False, description="Hand out long-lived tokens; loopback only")
    protocols: Path | None = Field(None, description="Folder of protocols instead of the built-in")
    switches: str = Field(
        "", description="Choices to turn round, as protocol and finding: `003/O-32,004/O-60`"
    )
    fidelity: Literal["sim", "magda"] = Field(
        "sim", description="`magda` drops everything that the real platform would not say"
    )
    quirks: str = Field(
        "", description="Oddities of the real platform's SOAP answers to show, comma-separated"
    )
    strict: bool = Field(default=True, description="Refuse subjects that are no test numbers")
    secrets: Literal["seed", "random"] = Field(
        "seed", description="Where keys, salts and ids come from; `random` ends reproducibility"
    )
    log: Literal["inline", "sequencer"] = Field(
        "inline",
        description="Who writes the log: the process that answers, or one of its own beside it",
    )
    lines: str = Field(
        "stderr", min_length=1, description="Where log lines go: `stderr`, `off`, or a file"
    )
    line_format: Literal["auto", "json", "text"] = Field(
        "auto", description="Form of log lines; `auto` is text on a terminal and JSON elsewhere"
    )
    traces: str = Field(
        "",
        description="OTLP address to send traces to (`http://127.0.0.1:4318/v1/traces`); extra `otel`",
    )
    open_pages: bool = Field(
        default=False,
        description="Leave `/metrics`, `/log` and `/docs` open on other addresses than loopback",
    )
    journal: int = Field(
        100_000,
        ge=1,
        description="How many items the tester's journal keeps; older ones are dropped",
    )
    log_term: str = Field(
        "P10Y",
        pattern=PERIOD,
        description="How long the log keeps what is about a person (ISO 8601)",
    )
    log_terms: str = Field(
        "", description="Terms of their own for protocols: `003=P2Y`, comma-separated"
    )
    witnesses: str = Field(
        "",
        description="Witnesses that cosign published checkpoints: address, # and key, comma-separated",
    )
    disk: Literal["safe", "fast"] = Field(
        "safe",
        description="`fast` waits for no disk: a killed process loses nothing, a machine without power may",
    )
    source_transport: Literal["local", "http"] = Field(
        "local", description="How the simulated sources are asked: in process, or over HTTP"
    )
    provider_transport: Transport = Field(
        "sftp",
        description="How simulated providers hand over files: over SFTP, or in process, which is quicker",
    )
    missed_files: Literal["catch-up", "drop"] = Field(
        "catch-up", description="What becomes of days missed under a suspension, once it is lifted"
    )
    collect_after_end: bool = Field(
        default=False, description="Leave files where they are when a flow ends for their consumer"
    )
    body_limit: int = Field(1_048_576, gt=0, description="Largest message over HTTP")
    body_timeout: float = Field(20, gt=0, description="Seconds in which a message must be whole")
    head_timeout: float = Field(
        10, gt=0, description="Seconds in which the head of a message must be there"
    )
    idle_timeout: int = Field(
        15, gt=0, description="Seconds that a connection is kept open between messages"
    )
    write_timeout: float = Field(
        20, gt=0, description="Seconds in which a client must take a part of its answer"
    )
    connections: int = Field(1000, gt=0, description="HTTP connections at once, on both doors")
    grace: float = Field(8, ge=0, description="Seconds for what is in hand when told to stop")
    upload_limit: int = Field(536_870_912, gt=0, description="Largest upload")
    throttle_rate: float = Field(
        0,
        ge=0,
        le=1e6,
        description="Requests a second that each credential may make; 0 is no limit",
    )
    throttle_burst: int = Field(
        20, ge=0, le=1_000_000, description="Requests that it may make at once, after a pause"
    )
    throttle_own: str = Field(
        "",
        description="Rates of their own for credentials or parties: `infino=1/5`, comma-separated",
    )
    faults: str = Field(
        "", description="Faults that a space begins with: a file of rules, or a ready profile"
    )
    source_timeout: float = Field(5.0, gt=0, description="How long a source may take to answer")
    tls_names: str = Field(
        "", description="Further host names and addresses of the https door, comma-separated"
    )
    trusted_cas: Path | None = Field(
        None,
        description="PEM file of further roots for client certificates; each is enrolled by hand",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks whose `Client-Cert` and `X-Forwarded-*` are believed",
    )
    soap_signature: Literal["optional", "required"] = Field(
        "optional", description="`required` refuses SOAP messages that are not signed"
    )
    answer_key: Literal["as-client", "p256"] = Field(
        "as-client",
        description="`p256` signs every answer with the P-256 key, also to clients with RSA",
    )
    signature_lifetime: float = Field(
        300.0, gt=0, le=86_400, description="How long a signed Timestamp counts after its Created"
    )

    public_urls: str = Field(
        "",
        description="Addresses by which a proxy reaches this space, comma-separated; tokens name them",
    )
    token_lifetime: int = Field(
        3600, ge=1, le=86_400, description="How long an access token counts, in machine time"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the library calls it so, and the others
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the command says and the environment; looking further takes as long again."""
        return init_settings, env_settings

    @field_validator("public_urls")
    @classmethod
    def _addresses(cls, text: str) -> str:
        parse_bases(text)
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in text.split(","):
            if part.strip():
                ip_network(part.strip())
        return text

    @field_validator("witnesses")
    @classmethod
    def _known_witnesses(cls, text: str) -> str:
        parse_witnesses(text)
        return text

    @field_validator("throttle_own")
    @classmethod
    def _rates(cls, text: str) -> str:
        parse_rates(text)
        return text

    @field_validator("quirks")
    @classmethod
    def _known_quirks(cls, text: str) -> str:
        parse_quirks(text)
        return text

    @field_validator("log_terms")
    @classmethod
    def _terms(cls, text: str) -> str:
        parse_terms(text)
        return text

    @property
    def log_terms_kept(self) -> LogTerms:
        """How long the log keeps what is about a person."""
        return LogTerms(self.log_term, parse_terms(self.log_terms))

    @property
    def limits(self) -> Limits:
        """How much of each consumer is answered."""
        rate = self.throttle_rate
        each = Rate(rate, self.throttle_burst) if rate else None
        return Limits(each, parse_rates(self.throttle_own))

    @property
    def server_names(self) -> list[str]:
        """`tls_names`, one by one."""
        return [name.strip() for name in self.tls_names.split(",") if name.strip()]

    @property
    def https_door(self) -> int:
        """The port to bind for HTTPS: tests that take a free HTTP port take a free one here too."""
        if self.https_port is not None:
            return self.https_port
        return HTTPS_PORT if self.http_port else 0

    @property
    def ftps_door(self) -> int:
        """The port to bind for FTPS: tests that take a free SFTP port take a free one here too."""
        if self.ftps_port is not None:
            return self.ftps_port
        return FTPS_PORT if self.sftp_port else 0
