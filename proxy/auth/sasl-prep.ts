/**
 * Prepares a password as SASLprep (RFC 4013) does, as far as PostgreSQL and its clients go together: spaces become U+0020,
 * invisible characters vanish, the rest is normalised to NFKC; a password with prohibited characters is used as it is,
 * which is also PostgreSQL's rule.
 *
 * Best effort: unassigned code points are those of this runtime's Unicode, not of Unicode 3.2, and the rule on mixed
 * writing directions is not checked.
 */
export function saslPrep(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const prepared = password.replace(NON_ASCII_SPACE, ' ').replace(MAPPED_TO_NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) ? password : prepared;
}

/** RFC 3454, table C.1.2. U+200B is in both tables; PostgreSQL looks here first. */
const NON_ASCII_SPACE = /[\u{A0}\u{1680}\u{2000}-\u{200B}\u{202F}\u{205F}\u{3000}]/gu;

/** RFC 3454, table B.1. Alternatives, not a class: joiners in a class would be read as one sequence. */
const MAPPED_TO_NOTHING =
  /\u{AD}|\u{34F}|\u{1806}|[\u{180B}-\u{180D}]|\u{200C}|\u{200D}|\u{2060}|[\u{FE00}-\u{FE0F}]|\u{FEFF}/gu;

/** RFC 4013, section 2.3: controls, private use, non-characters, surrogates, tags and the like. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u{340}\u{341}\u{6DD}\u{70F}\u{180E}\u{200E}\u{200F}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2061}-\u{2063}\u{206A}-\u{206F}\u{2FF0}-\u{2FFB}\u{FFF9}-\u{FFFD}\u{1D173}-\u{1D17A}\u{E0001}\u{E0020}-\u{E007F}]/u;
