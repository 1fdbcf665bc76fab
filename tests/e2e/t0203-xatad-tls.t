#!/bin/sh
# xatad serve over TLS: which versions, whose certificate.
. "${abs_top_srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need jq curl openssl

# handshake OPTION…: what openssl agreed on with the server, in $OUT.
handshake() {
	run sh -c 'echo | openssl s_client -connect "$@" 2>&1' sh \
		"127.0.0.1:${URL##*:}" -CAfile "$SSL_CERT_FILE" -verify_return_error "$@"
}

# verified DESCRIPTION: the last handshake came to its end, with a certificate that is good.
verified() {
	ok "$1" test "$status" -eq 0 -a "$(grep -c '^Verification: OK$' "$OUT")" -eq 1
}

start_xatad
handshake -tls1_3 -verify_hostname localhost
verified "the certificate is good for localhost under TLS 1.3"
handshake -tls1_2 -verify_ip 127.0.0.1
verified "and for 127.0.0.1 under TLS 1.2"
handshake -tls1_2 -verify_ip ::1
verified "and for ::1"
handshake -tls1_2 -verify_hostname example.com
out_has "hostname mismatch" "but for no other host"
handshake -tls1_1 -cipher ALL:@SECLEVEL=0
out_has "Cipher is (NONE)" "TLS 1.1 is refused"
handshake -tls1_2 -cipher ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0
out_has "Cipher is (NONE)" "so is a cipher that does not encrypt"

run curl -sS --max-time 10 "http://localhost:${URL##*:}/healthz"
ok "plain HTTP on the port of HTTPS gets nothing" test "$status" -ne 0
run env -u SSL_CERT_FILE curl -sS --max-time 10 "$URL/healthz"
ok "a client that does not know the certificate refuses it" test "$status" -ne 0
api GET /healthz
answers 200 "and the server goes on"
stop_xatad

# ---- a certificate of one's own

new_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$2" \
		-subj "/CN=$1" -addext "subjectAltName=DNS:localhost" \
		-keyout "$1.key" -out "$1.pem" 2>"$ERR" || bail_out "openssl failed"
}
new_certificate own 365
new_certificate short 5
new_certificate other 365
chmod 600 ./*.key
start_xatad --tls-cert own.pem --tls-key own.key
SSL_CERT_FILE=$T/own.pem
api GET /healthz
answers 200 "a certificate of one's own is served"
nok "without a warning" grep -q warning "$XATAD_LOG"
stop_xatad
start_xatad --tls-cert short.pem --tls-key short.key
ok "one that ends soon is warned about" grep -q 'xatad: warning: the certificate ends at' "$XATAD_LOG"
stop_xatad

serve_with() {
	run xatad serve "$XATAD_DIR" --listen 127.0.0.1:0 "$@"
}
serve_with --tls-cert own.pem --tls-key other.key
exits 3 "a key of another certificate is refused"
err_has "does not belong" "and said to be"
serve_with --tls-cert own.pem
exits 2 "a certificate without its key is a usage error"
serve_with --tls-cert own.pem --tls-key own.key --http
exits 2 "so is one with --http"
serve_with --tls-cert nothing.pem --tls-key own.key
exits 3 "a certificate that is not there is refused"
err_has nothing.pem "and named"
serve_with --tls-cert own.key --tls-key own.key
exits 3 "so is a file that is none"
chmod 644 own.key
serve_with --tls-cert own.pem --tls-key own.key
exits 3 "a private key that everybody can read is refused"
err_has "chmod 600 own.key" "with what to run"
err_lacks "BEGIN" "and nothing of it is printed"
done_testing
