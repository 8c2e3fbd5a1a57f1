import { Collector } from '../collector.ts';
import { checkNesting, DEFAULT_LIMITS } from '../limits.ts';
import { RefusedAnalysis } from '../refusal.ts';
import type { BodyFacts } from '../query/body-facts.ts';
import type { Context } from '../query/context.ts';
import { gather } from './gather.ts';
import { plpgsqlBody } from './plpgsql-body.ts';
import { doStatement, withoutRowtype } from './plpgsql-source.ts';

/**
 * What a DO block of PL/pgSQL touches: a function without a name that runs at once, in the session's own namespace.
 * @throws RefusedAnalysis where the text cannot be read, or no rule can vouch for it
 */
export function doBlock(context: Context, text: string): BodyFacts {
  const tooDeep = checkNesting(text, DEFAULT_LIMITS);
  if (tooDeep !== undefined) throw new RefusedAnalysis(tooDeep);
  const body = withoutRowtype(text);
  const noPlace = (): { start: number; end: number } => ({ start: 0, end: 0 });
  const { collector, rows } = plpgsqlBody(
    { ...context.env, toSpan: noPlace },
    {
      name: '',
      shown: 'DO',
      resource: undefined,
      body,
      statement: doStatement(body),
      parameters: [],
      rows: new Map(),
    },
    context.within,
  );
  return gather({ shown: 'DO', resource: undefined }, [collector, new Collector(noPlace)], rows);
}
