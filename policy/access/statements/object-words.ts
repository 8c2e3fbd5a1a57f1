const WORDS: ReadonlyMap<string, string> = new Map([
  ['OBJECT_ATTRIBUTE', 'TYPE'],
  ['OBJECT_DOMCONSTRAINT', 'DOMAIN'],
  ['OBJECT_FDW', 'FOREIGN DATA WRAPPER'],
  ['OBJECT_FOREIGN_SERVER', 'SERVER'],
  ['OBJECT_LARGEOBJECT', 'LARGE OBJECT'],
  ['OBJECT_MATVIEW', 'MATERIALIZED VIEW'],
  ['OBJECT_OPCLASS', 'OPERATOR CLASS'],
  ['OBJECT_OPFAMILY', 'OPERATOR FAMILY'],
  ['OBJECT_STATISTIC_EXT', 'STATISTICS'],
  ['OBJECT_TABCONSTRAINT', 'TABLE'],
  ['OBJECT_COLUMN', 'TABLE'],
  ['OBJECT_TSCONFIGURATION', 'TEXT SEARCH CONFIGURATION'],
  ['OBJECT_TSDICTIONARY', 'TEXT SEARCH DICTIONARY'],
  ['OBJECT_TSPARSER', 'TEXT SEARCH PARSER'],
  ['OBJECT_TSTEMPLATE', 'TEXT SEARCH TEMPLATE'],
]);

/** An ObjectType of the parser in the words of PostgreSQL's command tags. @see AlterObjectTypeCommandTag in utility.c */
export function objectWords(type: string): string {
  return WORDS.get(type) ?? type.replace('OBJECT_', '').replaceAll('_', ' ');
}
