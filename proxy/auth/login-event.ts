import type { Principal } from '../../policy/engine/decision.ts';
import type { EventEntry } from '../audit/entry.ts';
import type { StartupMessage } from './startup-packet.ts';

export type LoginRecord = {
  readonly type: 'login.accepted' | 'login.refused';
  readonly atMs: number;
  /** `reason` of a refusal (never told to the client), `mechanism` of a login. */
  readonly data: EventEntry['data'];
  /** Only once they have proved who they are; who they say they are is in `data.user`. */
  readonly who: Principal | undefined;
  readonly login: {
    readonly startup: StartupMessage | undefined;
    readonly address: string;
    readonly isEncrypted: boolean;
    readonly sessionId: string | undefined;
  };
};

/** The audit row of a login. */
export function loginEvent({ type, atMs, data, who, login }: LoginRecord): EventEntry {
  const parameters = login.startup?.parameters;
  const user = parameters?.get('user') ?? '';
  return {
    kind: 'event',
    atMs,
    type,
    subject: {
      ...(login.sessionId !== undefined && { sessionId: login.sessionId }),
      principal: who?.id,
      groups: who?.groups ?? [],
      address: login.address,
      application: parameters?.get('application_name') ?? '',
      database: parameters?.get('database') ?? user,
    },
    data: { ...data, user, tls: login.isEncrypted },
  };
}
