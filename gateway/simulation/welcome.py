"""What a person sees when a space is ready: addresses, credentials, and one line to paste."""

from typing import Any

_PERSON = "12631400209"


def welcome(ready: dict[str, Any]) -> str:
    """The text for the terminal."""
    sftp = ready["sftp"]
    rows = [
        _heading(ready),
        f"  REST     {ready['http']}/v1      docs {ready['http']}/docs",
        f"  SOAP     {ready['http']}/soap    wsdl {ready['http']}/soap?wsdl",
        f"  OAuth    {ready['http']}/oauth/token    magda-sim keys token <credential>",
        f"  mTLS     {ready['https']}    ca {ready['ca']}    certificates keys/<credential>.crt.pem with .pem",
        f"  files    sftp -P {sftp['port']} <user>@{sftp['host']}",
        *_ftps(ready),
        f"  control  {ready['control']}    token {ready['control_token']}",
        f"  data     {ready['data']}    ready file {ready['data']}/ready.json",
        "  credentials (bearer token; * has SFTP folders, ! is refused on purpose)",
        *(_row(key, one) for key, one in ready["credentials"].items()),
        "try",
        _line_to_paste(ready),
    ]
    return "\n".join(rows)


def _heading(ready: dict[str, Any]) -> str:
    named = "  ".join(f"{name} {ready[name]}" for name in ("space", "seed", "clock"))
    return f"magda-sim {ready['version']}  {named}"


def _ftps(ready: dict[str, Any]) -> list[str]:
    door = ready["ftps"]
    if door is None:
        return []
    shown = "--ssl-reqd --cacert <ca> --cert <certificate> --key <private_key>"
    return [f"  FTPS     curl {shown} -u <user>:<password> ftp://{door['host']}:{door['port']}/"]


def _row(key: str, one: dict[str, Any]) -> str:
    mark = ("*" if one["sftp_user"] else " ") + ("!" if one["refused"] else " ")
    return f"   {mark} {'+'.join(one['protocols'])}  {key:<26}{one['token'] or 'no token without --demo'}"


def _line_to_paste(ready: dict[str, Any]) -> str:
    token = ready["credentials"]["ahovoks-studietoelagen"]["token"]
    body = f'{{"insz":"{_PERSON}","referentiedatum":"2024-12-31"}}'
    return (
        f"  curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json'"
        f" -d '{body}' {ready['http']}/v1/gezin/zorgtoeslag/bevraging"
    )
