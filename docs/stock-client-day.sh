#!/usr/bin/env bash
# A provider's day and a consumer's day with stock programs: OpenSSH's sftp, curl, openssl, sha256sum (and python3 to read JSON).
#   docs/stock-client-day.sh [DATA]     begins a space in DATA (a fresh folder by default), and ends it again
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
sim=${MAGDA_SIM:-$here/.venv/bin/magda-sim}
work=$(mktemp -d)
data=${1:-$work/space}
flow=jobbonusplus-mutaties day=2025-03-10 person=90712301137
upload=${flow}_$day.json
got=$work/got
mkdir "$got"

"$sim" up --demo --data "$data" --http-port 0 --https-port 0 --sftp-port 0 >"$work/up.log" 2>&1 &
space=$!
trap 'kill "$space" 2>/dev/null; wait "$space" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 600); do
  [ -e "$data/ready.json" ] && break
  kill -0 "$space" 2>/dev/null || { cat "$work/up.log" >&2; exit 1; }
  sleep 0.1
done

# json FILE KEY...: one value
json() { python3 -c 'import json, sys
found = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    found = found[int(key) if key.isdigit() else key]
print(found)' "$@"; }
ready() { json "$data/ready.json" "$@"; }
http=$(ready http)
echo "[127.0.0.1]:$(ready sftp port) $(ready sftp host_key)" >"$work/known_hosts"

# drop UNIT: the commands on standard input, at the drop server, with nothing trusted but the host key of the ready file
drop() {
  sftp -q -b - -F /dev/null -P "$(ready sftp port)" -i "$(ready credentials "$1" sftp_key)" \
    -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$work/known_hosts" \
    "$(ready credentials "$1" sftp_user)@$(ready sftp host)"
}
# ask TOKEN METHOD PATH [BODY]
ask() {
  curl --silent --show-error --fail --noproxy '*' -X "$2" -H "Authorization: Bearer $1" \
    -H 'Content-Type: application/json' ${4:+-d "$4"} "$http$3"
}
control=$(ready control_token)
infino=$(ready credentials infino token)

echo "== a consumer registers somebody, and the provider is left to its own hands"
ask "$infino" POST /v1/repertorium/inschrijvingen "{\"insz\":\"$person\",\"periode\":{\"begin\":\"2025-01-01\",\"einde\":null}}" >"$work/registered.json"
echo "registered: resultaat $(json "$work/registered.json" resultaat)"
ask "$control" PUT /_sim/providers/wewis '{"automatic":false}' >"$work/provider.json"
ask "$control" POST /_sim/clock/advance '{"seconds":3600}' >"$work/clock.json"
echo "it is $(json "$work/clock.json" to)"

echo "== the provider uploads a day under another name and renames it when it is whole"
cat >"$work/$upload" <<JSON
{"schema":"$flow/1","dag":"$day","volgnummer":1,"aantal":1,"records":[{"insz":"$person"}]}
JSON
drop wewis >"$work/put.log" <<BATCH
put $work/$upload /in/$flow/$upload.part
rename /in/$flow/$upload.part /in/$flow/$upload
BATCH
for _ in $(seq 120); do
  drop wewis <<<"get /ontvangstbewijzen/$upload.ontvangstbewijs.json $work/receipt.json" >/dev/null 2>&1 && break
  sleep 0.25
done
echo "receipt: $(json "$work/receipt.json" batch) $(json "$work/receipt.json" status), $(json "$work/receipt.json" records aanvaard) of $(json "$work/receipt.json" records ontvangen) accepted"

echo "== the consumer lists, gets, verifies and acknowledges"
file=${flow}_${day}_000001.json
drop infino <<<"ls -1 /uit/$flow" | grep -v '^sftp>'
drop infino >"$work/get.log" <<BATCH
get /uit/$flow/$file $got/$file
get /uit/$flow/$file.manifest.jws $got/$file.manifest.jws
BATCH

# The manifest: header.payload.signature in base64url, signed with the key that the ready file names.
part() { cut -d. -f"$1" "$got/$file.manifest.jws" | tr -d '\n' | python3 -c 'import base64, sys
text = sys.stdin.read()
sys.stdout.buffer.write(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))'; }
part 2 >"$work/manifest.json"
part 3 >"$work/signature"
cut -d. -f1,2 "$got/$file.manifest.jws" | tr -d '\n' >"$work/signed"
{
  printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00' # what DER says before an Ed25519 key
  ready log_key | python3 -c 'import base64, sys
sys.stdout.buffer.write(base64.b64decode(sys.stdin.read().split("+", 2)[2])[1:])'
} >"$work/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/signed" -sigfile "$work/signature"
echo "$(json "$work/manifest.json" sha256)  $got/$file" | sha256sum --check --quiet
[ "$(json "$work/manifest.json" afnemer) $(json "$work/manifest.json" volgorde)" = "infino 1" ]
[ "$(json "$got/$file" insz 0)" = "$person" ]
echo "verified: $(json "$work/manifest.json" aantal) person, sequence 1, for infino, under $(json "$work/manifest.json" protocol) $(json "$work/manifest.json" artikel)"
"$sim" drop check "$got" --keys "$data/ready.json"
drop infino >"$work/rename.log" <<<"rename /uit/$flow/$file /archief/$file"

echo "== what the gateway made of it"
ask "$infino" GET /v1/bestanden >"$work/files.json"
echo "state: $(json "$work/files.json" bestanden 0 toestand)"
"$sim" audit verify --data "$data"
