import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

/** The certificate that stepward shows to its clients, made once for each load of the files. */
export type TlsIdentity = {
  readonly context: SecureContext;
  /**
   * Channel binding data for SCRAM-SHA-256-PLUS; undefined where the certificate's signature names no hash of its own
   * (RSA-PSS, Ed25519): clients could not compute it either.
   */
  readonly serverEndPoint: Buffer | undefined;
};

/**
 * @param options `cert` is the chain in PEM, this server's own certificate first
 * @throws Error of OpenSSL when key and certificate are unusable or do not belong together
 */
export function makeTlsIdentity(
  options: { readonly cert: string; readonly key: string } & SecureContextOptions,
): TlsIdentity {
  return {
    context: createSecureContext({ minVersion: 'TLSv1.2', ...options }),
    serverEndPoint: serverEndPoint(new X509Certificate(options.cert).raw),
  };
}

/**
 * tls-server-end-point: the certificate's hash, by the hash function of its signature; MD5 and SHA-1 are replaced by SHA-256.
 * @param certificate DER
 * @see RFC 5929, section 4.1
 */
export function serverEndPoint(certificate: Buffer): Buffer | undefined {
  const hashName = HASH_OF_SIGNATURE.get(signatureAlgorithm(certificate));
  return hashName === undefined ? undefined : createHash(hashName).update(certificate).digest();
}

/** By the DER bytes of the object identifier, hex. */
const HASH_OF_SIGNATURE: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a864886f70d01010e', 'sha224'],
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]);

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm OID, ... }, ... } (RFC 5280, 4.1). */
function signatureAlgorithm(certificate: Buffer): string {
  const body = derValue(certificate, 0);
  const algorithm = derValue(certificate, derValue(certificate, body.start).end);
  const identifier = derValue(certificate, algorithm.start);
  return certificate.toString('hex', identifier.start, identifier.end);
}

/** Where the value of the DER element at `at` starts and ends; lengths of up to 4 bytes, which Node has verified before. */
function derValue(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der.readUInt8(at + 1);
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const lengthBytes = first & 0x7f;
  const start = at + 2 + lengthBytes;
  return { start, end: start + der.readUIntBE(at + 2, lengthBytes) };
}
