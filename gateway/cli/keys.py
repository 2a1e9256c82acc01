"""`magda-sim keys`: test certificates of a space; reading works on its data folder, the rest while it runs."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import client_keys
from gateway.cli.running import control, tell

if TYPE_CHECKING:
    from gateway.adapters.certificates import CertificateRecord

app = typer.Typer(no_args_is_help=True)
app.command()(client_keys.signing)
app.command()(client_keys.register)
app.command()(client_keys.token)
FAILED, INVALID = 1, 3


class Verdict(StrEnum):
    """Whether something is allowed."""

    ALLOW = "allow"
    REFUSE = "refuse"


Data = Annotated[Path, typer.Option(help="Data folder of the space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Credential = Annotated[str, typer.Argument(help="The credential, such as vutg-rechten.")]
MaySha1 = Annotated[bool, typer.Option(help="Its messages may be signed with SHA-1.")]
Reference = Annotated[str, typer.Argument(help="A serial number, or a credential.")]
Revoked = Annotated[str, typer.Argument(help="A serial number, a key's `kid`, or a credential.")]


@app.command("list")
def list_keys(
    credential: Annotated[str | None, typer.Argument(help="Of this one only.")] = None,
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """List the certificates of a space: whose, from when until when, revoked or not."""
    from gateway.simulation.shown_keys import shown

    rows = [shown(one) for one in _records(data) if credential in (None, one.credential)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        state = f"revoked {row['revoked']} ({row['reason']})" if row["revoked"] else "counts"
        state += ", may sign with SHA-1" if row["sha1"] else ""
        typer.echo(
            f"{row['serial']}  {row['credential']:<24}{row['from']} .. {row['until']}  {state}"
        )


@app.command()
def show(
    reference: Reference,
    *,
    p12: Annotated[
        Path | None, typer.Option(help="Write PKCS #12 with key and chain here.")
    ] = None,
    password: Annotated[str, typer.Option(help="Of the PKCS #12 file.")] = "changeit",  # noqa: S107  what test stores are called
    legacy: Annotated[bool, typer.Option(help="3DES, for old Java and Windows.")] = False,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Show a certificate and where its files are; export it for Java, .NET or a browser."""
    from gateway.simulation.key_export import facts, write_pkcs12

    record = _one(data, reference)
    folder = data.absolute() / "keys"
    told = facts(record, folder)
    if p12 is not None:
        if told["private_key"] is None:
            typer.echo("the key of an enrolled certificate is not here", err=True)
            raise typer.Exit(FAILED)
        told["p12"] = str(write_pkcs12(record, folder, p12, password, legacy=legacy))
    if as_json:
        typer.echo(json.dumps(told))
        return
    for name, value in told.items():
        typer.echo(f"{name:<12} {value if value is not None else '-'}")


@app.command()
def issue(
    credential: Credential,
    *,
    begin: Annotated[str | None, typer.Option("--from", help="Instant with offset; now.")] = None,
    end: Annotated[str | None, typer.Option("--until", help="Instant with offset; 2040.")] = None,
    rsa: Annotated[bool, typer.Option(help="An RSA key, for clients that know no curves.")] = False,
    sha1: MaySha1 = False,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Issue another certificate for a credential, also one that expired or is not valid yet."""
    body = {"credential": credential, "from": begin, "until": end,
            "key": "rsa" if rsa else "ec", "sha1": sha1}  # fmt: skip
    _tell(control(data, "POST", "/keys", body), as_json=as_json)


@app.command()
def enrol(
    credential: Credential,
    file: Annotated[Path, typer.Argument(help="A certificate in PEM.", exists=True)],
    *,
    sha1: MaySha1 = False,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Let a certificate from elsewhere stand for a credential; its root is in MAGDA_SIM_TRUSTED_CAS."""
    pem = file.read_text("utf-8", errors="replace")
    body = {"credential": credential, "certificate": pem, "sha1": sha1}
    _tell(control(data, "POST", "/keys/enrolments", body), as_json=as_json)


@app.command(context_settings={"ignore_unknown_options": True})  # a kid may begin with a dash
def revoke(
    reference: Revoked,
    *,
    reason: Annotated[str, typer.Option(help="A reason of RFC 5280.")] = "unspecified",
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Revoke a certificate, a key, or all of a credential, and the tokens got with them; counts at once."""
    revoked = control(data, "POST", "/keys/revocations", {"reference": reference, "reason": reason})
    lines = (
        f"revoked {one.get('serial') or one['kid']}  {one['credential']}  {one['revoked']}"
        for one in revoked
    )
    tell(revoked, lines, as_json=as_json)


@app.command()
def sha1(
    reference: Reference,
    verdict: Annotated[Verdict, typer.Argument(help="`allow` or `refuse`.")],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Let a client sign its messages with SHA-1, or no longer; counts from the next request on."""
    body = {"reference": reference, "allowed": verdict is Verdict.ALLOW}
    changed = control(data, "POST", "/keys/sha1", body)
    lines = (
        f"{one['serial']}  {one['credential']}  SHA-1 {'allowed' if one['sha1'] else 'refused'}"
        for one in changed
    )
    tell(changed, lines, as_json=as_json)


@app.command()
def crl(
    *,
    out: Annotated[Path, typer.Option(help="Where to write it (DER).")] = Path("magda-sim.crl"),
    data: Data = Path("var"),
) -> None:
    """Fetch the revocation list of a running space, dated on its clock."""
    import httpx

    from gateway.simulation.ready_file import read_ready_file

    try:
        answer = httpx.get(f"{read_ready_file(data)['http']}/pki/crl", trust_env=False)
    except (OSError, httpx.TransportError):
        typer.echo(f"nothing answers for {data}", err=True)
        raise typer.Exit(FAILED) from None
    out.write_bytes(answer.content)
    typer.echo(f"wrote {out}")


def _tell(record: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(record))
        return
    typer.echo(f"{record['serial']}  {record['credential']}  {record['from']} .. {record['until']}")
    for name in ("certificate", "private_key"):
        if name in record:
            typer.echo(f"{name}  {record[name]}")


def _records(data: Path) -> Sequence["CertificateRecord"]:
    """What is on record, read beside a running space or without one."""
    from sqlalchemy import create_engine

    from gateway.adapters.certificates import SqlCertificates

    path = data.absolute() / "space.db"
    if not path.exists():
        typer.echo(f"there is no space in {data}", err=True)
        raise typer.Exit(FAILED)
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        return SqlCertificates(engine).all()
    finally:
        engine.dispose()


def _one(data: Path, reference: str) -> "CertificateRecord":
    found = [one for one in _records(data) if reference in (one.serial, one.credential)]
    if not found:
        typer.echo(f"there is no certificate {reference}; `keys list` shows them", err=True)
        raise typer.Exit(INVALID)
    return found[0]
