import type { Access } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import type { PolicyRef } from '../../policy/engine/decision.ts';
import { printable } from './printable.ts';

/** `select public.customers.ssn (output, via view)` */
export function accessLabel({ action, resource, usage, via }: Access): string {
  const notes = [usage === 'none' ? undefined : usage, via && `via ${via}`].filter((note) => note !== undefined);
  return printable(`${action} ${resourceKey(resource)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`);
}

/** `pii-needs-proof (sensitive.cedar:12): personal data needs a fresh proof` */
export function policyLabel({ id, reason, file, line }: PolicyRef): string {
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  return printable(`${id}${place}${reason === undefined ? '' : `: ${reason}`}`);
}
