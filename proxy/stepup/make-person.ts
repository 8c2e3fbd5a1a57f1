import { generateURI } from 'otplib';
import { formatScramVerifier, makeScramVerifier } from '../auth/scram-verifier.ts';
import { newTotpSecret } from './authenticators/totp.ts';

/** An entry of the people file, as it is written. */
export type PersonEntry = {
  readonly name: string;
  readonly groups: readonly string[];
  /** PostgreSQL's text form of a SCRAM-SHA-256 verifier; the password is not kept. */
  readonly password: string;
  readonly totp: { readonly secret: string };
};

export type NewPerson = {
  readonly entry: PersonEntry;
  /** For the QR code; holds the secret. */
  readonly otpauthUri: string;
};

/**
 * Makes the entry of a person and the URI with which their app is enrolled.
 * @param options.totpSecret base32; a new random one of 20 bytes without it
 * @param options.issuer what the app shows above the name
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function makePerson(options: {
  readonly name: string;
  readonly groups: readonly string[];
  readonly password: string;
  readonly randomBytes: (size: number) => Buffer;
  readonly totpSecret?: string;
  readonly issuer?: string;
}): NewPerson {
  const { name, groups, password, randomBytes, issuer = 'stepward' } = options;
  const secret = options.totpSecret ?? newTotpSecret(randomBytes);
  const verifier = makeScramVerifier(password, { salt: randomBytes(16), iterations: 4096 });
  return {
    entry: { name, groups, password: formatScramVerifier(verifier), totp: { secret } },
    otpauthUri: generateURI({ strategy: 'totp', issuer, label: name, secret }),
  };
}
