"""The tables, once for SQLite and PostgreSQL alike. Instants are ISO 8601 text in UTC."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

REGISTRATION = Table(
    "registration",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("uri", String(120), nullable=False),
    Column("hoedanigheid", String(24), nullable=False),
    Column("insz", String(11), nullable=False),
    Column("begin", Date, nullable=False),
    Column("end", Date),
    Index(None, "uri", "hoedanigheid", "insz"),
)

BATCH = Table(
    "batch",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("flow", String(60), nullable=False),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("user", String(60), nullable=False),
    Column("name", String(130), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received_at", String(40), nullable=False),
    Column("received", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("log_size", Integer, nullable=False),
    Column("position", Integer),
    Column("closed", Boolean, nullable=False),
    Column("kind", String(20), nullable=False, server_default="aanlevering"),
    UniqueConstraint("kind", "flow", "day", "number", "user"),
)

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("batch", ForeignKey("batch.id"), nullable=False),
    Column("consumer", String(60), nullable=False),
    Column("flow", String(60), nullable=False),
    Column("status", String(20), nullable=False),
    Column("article", String(60)),
    Column("sequence", Integer),
    Column("name", String(130)),
    Column("previous", String(64)),
    Column("sha256", String(64)),
    Column("persons", Integer),
    Column("protocol", String(20)),
    Column("flow_article", String(60)),
    Column("expires_at", String(40)),
    Column("position", Integer),
    Column("caught_up_by", ForeignKey("batch.id")),
    UniqueConstraint("consumer", "flow", "sequence"),
    UniqueConstraint("batch", "consumer"),
    Index(None, "consumer", "name"),
)

DELIVERED_PERSON = Table(
    "delivered_person",
    METADATA,
    Column("delivery", ForeignKey("delivery.id"), primary_key=True),
    Column("insz", String(11), primary_key=True),
)

UPLOAD = Table(
    "upload",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("user", String(60), nullable=False),
    Column("flow", String(60), nullable=False),
    Column("name", String(130), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("received_at", String(40), nullable=False),
    Column("log_size", Integer, nullable=False),
    Column("sha256", String(64)),
    Column("outcome", String(20)),
    Column("batch", ForeignKey("batch.id")),
    Column("position", Integer),
    Column("closed", Boolean, nullable=False),
    Index(None, "closed", "user", "flow", "name"),
)

UPLOAD_EVENT = Table(
    "upload_event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("upload", ForeignKey("upload.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("at", String(40), nullable=False),
)

FILE_EVENT = Table(
    "file_event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("delivery", ForeignKey("delivery.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("at", String(40), nullable=False),
)

JOB = Table(
    "job",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("due_at", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("flow", String(60), nullable=False),
    Column("party", String(60), nullable=False),
    Column("day", String(10), nullable=False),
    Column("file", String(130)),
    Column("outcome", String(60)),
    Column("log_size", Integer),
    CheckConstraint("due_at <> ''", name="due"),
    Index(None, "outcome", "due_at"),
)

PROTOCOL_EVENT = Table(
    "protocol_event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("protocol", String(10), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("effective_at", String(40), nullable=False),
    Column("recorded_at", String(40), nullable=False),
    Column("party", String(60)),
    Column("flow", String(60)),
    Column("by", String(60)),
    Column("document", String(80)),
    Column("reason", String(2000)),
    Column("term", String(40)),
    Column("article", String(60)),
    Column("actor", String(80)),
    Column("about", String(60)),
    Column("pending_from", Integer),
)

QUOTA_USE = Table(
    "quota_use",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("party", String(60), nullable=False),
    Column("flow", String(60), nullable=False),
    Column("year", Integer, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("log_size", Integer, nullable=False),
    Column("position", Integer),
    UniqueConstraint("party", "flow", "year", "slot"),
)

CITIZEN_QUESTION = Table(
    "citizen_question",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("unit", String(60), nullable=False),
    Column("insz", String(11), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("identified_until", String(40)),
)

CERTIFICATE = Table(
    "certificate",
    METADATA,
    Column("fingerprint", String(64), primary_key=True),
    Column("serial", String(40), nullable=False),
    Column("credential", String(60), nullable=False),
    Column("label", String(80), nullable=False),
    Column("issuer", String(40)),
    Column("der", LargeBinary, nullable=False),
    Column("begin", String(40), nullable=False),
    Column("end", String(40), nullable=False),
    Column("revoked_at", String(40)),
    Column("reason", String(40)),
    Column("sha1", Boolean, nullable=False, server_default=false()),
    Index(None, "credential"),
)

CLIENT_KEY = Table(
    "client_key",
    METADATA,
    Column("kid", String(43), primary_key=True),
    Column("credential", String(60), nullable=False),
    Column("algorithm", String(10), nullable=False),
    Column("jwk", String(2000), nullable=False),
    Column("revoked_at", String(40)),
)

SHOWN_ASSERTION = Table(
    "shown_assertion",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("until", Integer, nullable=False),
    Index(None, "until"),
)

SUBJECT_KEY = Table(
    "subject_key",
    METADATA,
    Column("year", String(4), primary_key=True),
    Column("wrapped", LargeBinary),
)
