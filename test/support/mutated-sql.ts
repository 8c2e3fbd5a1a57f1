import * as fc from 'fast-check';

/** As rough as can be: a literal, a name, a number, an operator, a bracket, with the blanks behind it. */
const TOKEN = /(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w*\$|[\w\u0080-\uffff]+|[-+*/<>=~!@#%^&|`?]+|[^\s])\s*/g;

const STRANGE = [
  '(',
  ')',
  ',',
  ';',
  '.',
  '*',
  "'",
  '"',
  '$$',
  '/*',
  '*/',
  '--',
  'SELECT',
  'FROM',
  'NULL',
  'AS',
  '::',
  '[1]',
  'é',
  '\u{1F600}',
  '\\',
];

type Mutation = {
  readonly kind: 'delete' | 'double' | 'swap' | 'insert' | 'splice';
  readonly at: number;
  readonly other: number;
};

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('delete', 'double', 'swap', 'insert', 'splice'),
  at: fc.nat(1000),
  other: fc.nat(1000),
});

/** Statements with tokens left out, doubled, swapped, put in, or replaced by the tail of another statement. */
export function mutatedSql(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.constantFrom(...texts), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, other, mutations]) => {
      const start: readonly string[] = text.match(TOKEN) ?? [];
      return mutations.reduce((tokens, each) => mutated(tokens, each, other.match(TOKEN) ?? []), start).join('');
    });
}

function mutated(
  tokens: readonly string[],
  { kind, at, other }: Mutation,
  donor: readonly string[],
): readonly string[] {
  if (tokens.length === 0) return donor;
  const i = at % tokens.length;
  const j = other % tokens.length;
  switch (kind) {
    case 'delete':
      return tokens.toSpliced(i, 1);
    case 'double':
      return tokens.toSpliced(i, 0, tokens[i] ?? '');
    case 'swap':
      return tokens.with(i, tokens[j] ?? '').with(j, tokens[i] ?? '');
    case 'insert':
      return tokens.toSpliced(i, 0, ` ${STRANGE[other % STRANGE.length] ?? ''} `);
    case 'splice':
      return [...tokens.slice(0, i), ...donor.slice(other % Math.max(1, donor.length))];
  }
}
