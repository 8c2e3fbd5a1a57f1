import { generate } from 'selfsigned';

export type SelfSigned = {
  /** PEM. Whoever keeps it does so with file mode 0600. */
  readonly key: string;
  readonly cert: string;
};

const ONE_YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * A key and a certificate for this machine's own names, for a first try: clients can encrypt, and verify by pinning it as
 * `sslrootcert`.
 */
export async function makeSelfSigned(deps: { readonly nowMs: () => number }): Promise<SelfSigned> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A clock that runs a little behind must not find the certificate not yet valid.
    notBeforeDate: new Date(deps.nowMs() - 3600 * 1000),
    notAfterDate: new Date(deps.nowMs() + ONE_YEAR_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
