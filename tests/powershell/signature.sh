#!/usr/bin/env bash
# signature.sh - whose signature an installer must have. The certificates are made by openssl and their chains built
# by .NET; the script's functions judge them. Only Microsoft's thumbprints are others here: nobody can make those.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

here=$root/tests/powershell
pwsh=$(powershell)
for need in "$pwsh" openssl; do
	command -v "$need" >/dev/null 2>&1 && continue
	lacks 'chains of certificates' "$need"
	exit 0
done
export HOME=$work/home                  # where .NET keeps its stores
mkdir -p "$HOME" "$work/c/trusted" "$work/c/between"
cd "$work/c" || exit 1
microsoft='/C=US/O=Microsoft Corporation'

# made NAME SUBJECT ISSUER DAYS: a certificate; its issuer - is itself. Below zero: it is over.
made() {
	local begin end by=()
	begin=$(date -u -d "now - 400 days" +%Y%m%d%H%M%SZ)
	end=$(date -u -d "now + $4 days" +%Y%m%d%H%M%SZ)
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
	[ "$3" = - ] && by=(-selfsign -keyfile "$1.key") || by=(-cert "$3.crt" -keyfile "$3.key")
	: >index
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=x\nrand_serial=yes\nunique_subject=no\nstring_mask=utf8only\n[p]\nC=optional\nO=optional\nCN=optional\nDC=optional\n[x]\nbasicConstraints=%s\n' \
		"$([[ $1 == *leaf ]] && echo CA:false || echo critical,CA:true)" >config
	openssl ca -batch -config config "${by[@]}" -in "$1.csr" -startdate "$begin" -enddate "$end" -notext \
		-preserveDN -out "$1.crt" 2>"$1.err" || cat "$1.err"
	case $1 in
	*leaf) cp "$1.crt" "$1.pem" ;;
	*-root) cp "$1.crt" "trusted/$1.pem" ;;
	esac
}
print() { openssl x509 -in "$1.crt" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'; }

made new-root "$microsoft/CN=Root 2010" - 900
made old-root '/DC=com/DC=microsoft/CN=Root Certificate Authority' - -1
made company-root "$microsoft/CN=Root 2010" - 900       # in any name it likes
{ print new-root; print old-root; } >roots
for end in new old company; do
	made $end-between "$microsoft/CN=Code Signing of $end" $end-root 800
	cp $end-between.crt between/$end.pem
	made $end.leaf "$microsoft/CN=Microsoft Corporation, $end" $end-between 700
done
made lost-between "$microsoft/CN=Lost" new-root 800     # never installed anywhere
made lost.leaf "$microsoft/CN=Microsoft Corporation, lost" lost-between 700
made alone.leaf "$microsoft/CN=Microsoft Corporation, alone" - 700
made over.leaf "$microsoft/CN=Microsoft Corporation, over" new-between -1
made other.leaf '/C=US/O=Evil Corp/CN=Evil' new-between 700

"$pwsh" -NoProfile -NonInteractive -File "$here/signature.ps1" -Root "$root" -Folder "$work/c" >"$work/out" 2>"$work/err"
says() { sed -n "s/^$1 //p" "$work/out"; }
while read -r name wanted text; do
	is "$text" "$(says "$name")" "$wanted"
done <<'CASES'
new ok a chain that ends at a root of Microsoft's
old ok a root that is over
company wrong-signer a company's own root, in the same name
lost wrong-signer a chain without its intermediate
alone wrong-signer a certificate that signs itself
over wrong-signer a certificate that is over
over-stamped ok a certificate that is over, stamped when it was not
other wrong-signer somebody else's certificate
CASES
[ "$lib_bad" -eq 0 ] || cat "$work/out" "$work/err"
