/** Major versions whose texts are read as the server reads them; each is tested against a server. */
export const OLDEST_MAJOR = 15;
export const NEWEST_MAJOR = 18;

/** @param serverVersion server_version_num, such as 180004 */
export function majorOf(serverVersion: number): number {
  return Math.floor(serverVersion / 10_000);
}

/** What decides how a server reads a text. */
export type ServerKind = {
  /** server_version_num */
  readonly version: number;
  /** server_encoding: the database's, not the client's. */
  readonly encoding: string;
};

/** Why a server cannot stand behind stepward: a wrong reading would be a way around the policies. undefined: it can. */
export function whyUnreadable({ version, encoding }: ServerKind): string | undefined {
  const major = majorOf(version);
  if (major < OLDEST_MAJOR || major > NEWEST_MAJOR) return unsupportedVersion(major);
  // In another encoding names are cut after other characters, and letters beyond ASCII may be folded to lower case.
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return undefined;
  return `the database's encoding ${encoding} is not supported: names are read as in a database in UTF8`;
}

/** Version 14 lexes `1_000` as `1 AS _000`; what a later grammar means by today's text is not known. */
function unsupportedVersion(major: number): string {
  const range = `PostgreSQL ${OLDEST_MAJOR} to ${NEWEST_MAJOR}`;
  return `PostgreSQL ${major} is not supported: statements are read as ${range} do, and it may mean something else by the same text`;
}
