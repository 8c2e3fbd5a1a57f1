import { catalogPolicy } from '../access/allow/open-catalogs.ts';
import { quoteIdent } from '../access/facts.ts';
import type { Catalog, CatalogRelation } from './catalog.ts';
import type { TagRule } from './tags.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Words in column names that speak for a class of data. A word is what stands between underscores or humps; `a_b` means
 * two in a row. English, with the commonest German, French and Spanish ones. False alarms cost a line in a config that the
 * DBA reads anyway; a miss costs more, so when in doubt it is proposed.
 */
const WORDS: readonly { readonly tag: string; readonly words: readonly string[] }[] = [
  {
    tag: 'secret',
    words: words(`
      password passwd pwd passwort passphrase secret token api_key apikey access_key private_key credential
      credentials otp totp pin pin_code salt session_key mot_de_passe password_hash security_answer recovery_code
      recovery_codes contrasena
    `),
  },
  {
    tag: 'pci',
    words: words(`
      card card_number cardnumber cc_number ccnum credit_card creditcard pan cvv cvc cvv2 iban bic account_number
      routing_number sort_code bank_account kontonummer
    `),
  },
  {
    tag: 'pii',
    words: words(`
      ssn social_security sin nino tax_id taxid tin national_id passport passport_number driver_license licence_number
      license_number email e_mail mail phone telephone telefon mobile fax birth birthday birthdate dob date_of_birth
      born geburtsdatum first_name firstname last_name lastname surname full_name fullname maiden_name middle_name
      vorname nachname nom prenom apellido address street adresse strasse zip zipcode postcode postal_code latitude
      longitude geolocation gender sex religion ethnicity nationality ip ip_address ipaddr mac_address device_id face
      fingerprint signature
    `),
  },
  {
    tag: 'pay',
    words: words(`
      salary salaries wage wages payroll bonus compensation income gehalt lohn salaire
    `),
  },
  {
    tag: 'health',
    words: words(`
      diagnosis diagnoses icd icd10 disease medication prescription allergy allergies blood_type
    `),
  },
];

/** Endings of names that describe the datum (email_verified, card_type) and are not it. */
const HARMLESS =
  /(^|_)(verified|enabled|count|sent|opt_in|optin|required|changed|type|status|expires|expiry|expired)(_at|_on)?$/;

/**
 * Proposes tags by column name: a start for the DBA to read, not a judgement.
 * @returns one rule for each class of data that occurs, with exact patterns in the catalog's order
 */
export function proposeTags(catalog: Catalog): readonly TagRule[] {
  const columns = catalog.relations
    .filter(holdsData)
    .flatMap((relation) =>
      relation.columns.map((column) => ({ name: column.name, pattern: patternOf(relation, column.name) })),
    );
  return WORDS.map((one) => ({
    tag: one.tag,
    on: columns.filter((column) => isNamedLike(column.name, one.words)).map((column) => column.pattern),
  })).filter((rule) => rule.on.length > 0);
}

/** Views are seen through to these, so they need no tags of their own; materialised views are seen through as well. */
function holdsData(relation: CatalogRelation): boolean {
  const isTable = relation.kind === 'table' || relation.kind === 'partitionedTable' || relation.kind === 'foreignTable';
  return isTable && catalogPolicy(relation.schema, relation.name) === 'user';
}

function patternOf(relation: CatalogRelation, column: string): string {
  return [relation.schema, relation.name, column].map(quoteIdent).join('.');
}

function isNamedLike(column: string, listed: readonly string[]): boolean {
  const name = snakeCase(column);
  if (listed.includes(name)) return true;
  if (HARMLESS.test(name)) return false;
  return listed.some((word) => `_${name}_`.includes(`_${word}_`));
}

/** customerEmail, CustomerEMail and customer-email all become words with underscores between them. */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase()
    .replace(/_?\d+$/, '');
}
