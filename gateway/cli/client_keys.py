"""`magda-sim keys signing`, `register` and `token`: what signs a client's assertions, and what that gives."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import FAILED, INVALID, REFUSED, control

Data = Annotated[Path, typer.Option(help="Data folder of the space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Credential = Annotated[str, typer.Argument(help="The credential, such as vutg-rechten.")]


def signing(
    credential: Annotated[str | None, typer.Argument(help="Of this one only.")] = None,
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """List the public keys that sign clients' assertions: of certificates, and registered ones."""
    from gateway.adapters.certificates import SqlCertificates
    from gateway.adapters.client_keys import SqlClientKeys
    from gateway.adapters.database import read_database
    from gateway.simulation.shown_keys import shown_keys

    path = data.absolute() / "space.db"
    if not path.exists():
        typer.echo(f"there is no space in {data}", err=True)
        raise typer.Exit(FAILED)
    engine = read_database(path)
    try:
        found = shown_keys(SqlCertificates(engine).all(), SqlClientKeys(engine).all())
    finally:
        engine.dispose()
    _tell([one for one in found if credential in (None, one["credential"])], as_json=as_json)


def register(
    credential: Credential,
    file: Annotated[Path, typer.Argument(help="A public key: PEM, JWK or JWK set.", exists=True)],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Let a public key of your own sign a credential's assertions: P-256, RSA or Ed25519."""
    from gateway.adapters.public_keys import NoPublicKey, keys_of_text

    text = file.read_text("utf-8", errors="replace")
    try:
        keys_of_text(text)  # before anything is sent: it may be the private key by mistake
    except NoPublicKey as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(INVALID) from None
    body = {"credential": credential, "key": text}
    _tell(control(data, "POST", "/keys/signing", body), as_json=as_json)


def token(
    credential: Credential,
    *,
    bound: Annotated[bool, typer.Option("--bound", help="Bind it to the certificate.")] = False,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Get an access token as the credential's own client would, with its private key."""
    from gateway.simulation.ready_file import read_ready_file

    try:
        ready = read_ready_file(data)
    except OSError:
        typer.echo(f"nothing runs on {data}; start it with `magda-sim up --data {data}`", err=True)
        raise typer.Exit(FAILED) from None
    if credential not in ready["credentials"]:
        typer.echo(f"there is no credential {credential}; the ready file lists them", err=True)
        raise typer.Exit(REFUSED)
    told = _ask(ready, ready["credentials"][credential], bound=bound)
    typer.echo(json.dumps(told) if as_json else told["access_token"])


def _ask(ready: dict[str, Any], one: dict[str, Any], *, bound: bool) -> dict[str, Any]:
    import httpx

    from consumers.wire_oauth import Assertions
    from consumers.wire_tls import with_certificate

    url = f"{ready['https' if bound else 'http']}/oauth/token"
    form = Assertions(one["client_id"], one["private_key"]).form(
        url, grant_type="client_credentials"
    )
    shown = with_certificate(ready["ca"], one["certificate"], one["private_key"]) if bound else True
    try:
        answer = httpx.post(url, data=form, verify=shown, trust_env=False, timeout=60)
    except httpx.TransportError:
        typer.echo(f"nothing answers at {url}", err=True)
        raise typer.Exit(FAILED) from None
    told: dict[str, Any] = answer.json()
    if answer.is_error:
        typer.echo(f"{told['error']}: {told.get('error_description', '')}", err=True)
        raise typer.Exit(REFUSED)
    return told


def _tell(keys: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(keys))
        return
    for key in keys:
        by = f"certificate {key['certificate']}" if key["certificate"] else "registered"
        state = f"revoked {key['revoked']}" if key["revoked"] else "counts"
        typer.echo(f"{key['kid']}  {key['algorithm']}  {key['credential']:<24}{by}  {state}")
