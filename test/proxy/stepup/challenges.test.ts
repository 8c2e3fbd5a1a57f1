import { describe, expect, it } from 'vitest';
import { column, eventTypes, held, makeWorld, noonMs, page, request, settledNow } from './world.ts';
import { codeAt } from './world.ts';

describe('a challenge', () => {
  it('has an unguessable link, a short code, a command and a deadline', () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    expect(statement.url).toMatch(/^http:\/\/127\.0\.0\.1:6433\/c\/[A-Za-z0-9_-]{22}$/);
    expect(statement.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(statement.command).toBe(`stepward confirm ${statement.code}`);
    expect(statement.deadlineMs).toBe(noonMs + 120_000);
    expect(world.events()).toMatchObject([
      {
        type: 'challenge.created',
        subject: { principal: 'developer', sessionId: 's1', address: '127.0.0.1' },
        data: { decisionId: 41, joined: false, resources: ['select public.customers.ssn'], rung: 'totp' },
      },
    ]);
  });

  it('expires at its deadline, not before', async () => {
    const world = makeWorld();
    const { outcome } = held(world.stepUp.challenge(request()));
    world.timers.advance(119_999);
    expect(await settledNow(outcome)).toBe('pending');
    world.timers.advance(1);
    expect(await settledNow(outcome)).toEqual({ kind: 'expired' });
    expect(eventTypes(world)).toEqual(['challenge.created', 'challenge.expired']);
  });

  it('is withdrawn by Ctrl-C, and its link is dead', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    statement.withdraw('cancel');
    expect(await statement.outcome).toEqual({ kind: 'withdrawn', by: 'cancel' });
    expect(await world.stepUp.confirm(statement.challengeId, codeAt(noonMs), page)).toMatchObject({
      kind: 'ended',
      how: 'withdrawn',
    });
    expect(world.events().at(-2)).toMatchObject({
      type: 'challenge.withdrawn',
      data: { by: 'cancel', stillWaiting: 0 },
    });
    expect(world.events().at(-1)).toMatchObject({ type: 'proof.refused', data: { reason: 'withdrawn' } });
    expect(world.timers.pending).toBe(0);
  });

  it('takes the first outcome only', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    statement.withdraw('disconnect');
    statement.withdraw('cancel');
    world.timers.advance(200_000);
    expect(await statement.outcome).toEqual({ kind: 'withdrawn', by: 'disconnect' });
    expect(eventTypes(world)).toEqual(['challenge.created', 'challenge.withdrawn']);
  });

  it('ends for everyone who waits when the person says that it is not them', async () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ sessionId: 's2' })));
    expect(world.stepUp.deny(first.challengeId, page)).toBe(true);
    expect(await first.outcome).toEqual({ kind: 'withdrawn', by: 'person' });
    expect(await second.outcome).toEqual({ kind: 'withdrawn', by: 'person' });
    expect(world.events().at(-1)).toMatchObject({
      type: 'challenge.withdrawn',
      data: { by: 'person', alarm: true, from: '10.0.0.9' },
    });
    expect(world.stepUp.deny(first.challengeId, page)).toBe(false);
  });

  it('can be cancelled by the administrator by its short code', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    expect(world.stepUp.withdraw(statement.code.toLowerCase(), 'root')).toBe(true);
    expect(await statement.outcome).toEqual({ kind: 'withdrawn', by: 'administrator' });
  });

  it('is withdrawn at shutdown', async () => {
    const world = makeWorld();
    const { outcome } = held(world.stepUp.challenge(request()));
    world.stepUp.close();
    expect(await outcome).toEqual({ kind: 'withdrawn', by: 'shutdown' });
    expect(world.timers.pending).toBe(0);
  });
});

describe('challenges for the same thing', () => {
  it('coalesce, and one proof serves all that wait', async () => {
    const world = makeWorld();
    const all = Array.from({ length: 20 }, (_, i) => held(world.stepUp.challenge(request({ sessionId: `s${i}` }))));
    expect(new Set(all.map(({ challengeId }) => challengeId)).size).toBe(1);
    const result = await world.stepUp.confirm(all[0]?.challengeId ?? '', codeAt(noonMs), page);
    expect(result.kind).toBe('confirmed');
    const outcomes = await Promise.all(all.map(({ outcome }) => outcome));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['confirmed']));
    expect(world.events().filter(({ data }) => data['joined'] === true)).toHaveLength(19);
  });

  it('coalesce where the open one asks for more, not where it asks for less', () => {
    const world = makeWorld();
    const wide = held(world.stepUp.challenge(request({ accesses: [column('ssn'), column('email')] })));
    expect(held(world.stepUp.challenge(request())).challengeId).toBe(wide.challengeId);
    const other = held(world.stepUp.challenge(request({ accesses: [column('ssn'), column('card')] })));
    expect(other.challengeId).not.toBe(wide.challengeId);
  });

  it.each([
    ['another person', { principal: { id: 'analyst', groups: [] } }],
    ['another address', { address: '10.1.1.1' }],
    ['another rung', { rung: { name: 'totp-again', methods: ['otp'], aal: 2 } }],
  ] as const)('do not coalesce for %s', (_, overrides) => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    expect(held(world.stepUp.challenge(request(overrides))).challengeId).not.toBe(first.challengeId);
  });

  it('stay open until the last statement is gone', async () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ sessionId: 's2' })));
    first.withdraw('cancel');
    expect(await first.outcome).toEqual({ kind: 'withdrawn', by: 'cancel' });
    expect(world.stepUp.pending()).toHaveLength(1);
    expect((await world.stepUp.confirm(second.code, codeAt(noonMs), page)).kind).toBe('confirmed');
    expect((await second.outcome).kind).toBe('confirmed');
  });

  it('do not join one that is about to expire', () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    world.timers.advance(100_000);
    const second = held(world.stepUp.challenge(request({ sessionId: 's2' })));
    expect(second.challengeId).not.toBe(first.challengeId);
    expect(second.deadlineMs).toBe(noonMs + 220_000);
  });

  it('confirm a narrower one that was opened earlier too', async () => {
    const world = makeWorld();
    const narrow = held(world.stepUp.challenge(request()));
    const wide = held(world.stepUp.challenge(request({ accesses: [column('ssn'), column('email')] })));
    await world.stepUp.confirm(wide.challengeId, codeAt(noonMs), page);
    expect((await narrow.outcome).kind).toBe('confirmed');
  });

  it.each([
    ['from another address', { address: '10.1.1.1' }],
    ['of another person', { principal: { id: 'analyst', groups: [] } }],
    ['that asks for another rung', { rung: { name: 'totp-again', methods: ['otp'], aal: 3 } }],
  ] as const)('leave one waiting %s', async (_, overrides) => {
    const world = makeWorld();
    const mine = held(world.stepUp.challenge(request()));
    const other = held(world.stepUp.challenge(request(overrides)));
    await world.stepUp.confirm(mine.challengeId, codeAt(noonMs), page);
    expect(await settledNow(other.outcome)).toBe('pending');
  });

  it('leave a wider one waiting', async () => {
    const world = makeWorld();
    const narrow = held(world.stepUp.challenge(request()));
    const wide = held(world.stepUp.challenge(request({ accesses: [column('ssn'), column('email')] })));
    await world.stepUp.confirm(narrow.challengeId, codeAt(noonMs), page);
    expect(await settledNow(wide.outcome)).toBe('pending');
  });
});

describe('a challenge is refused', () => {
  it('to a person without an authenticator', () => {
    const answer = makeWorld().stepUp.challenge(request({ principal: { id: 'plain', groups: [] } }));
    expect(answer).toMatchObject({ kind: 'refused', hint: 'ask the administrator of stepward to enrol you' });
  });

  it('for a rung that no authenticator serves', () => {
    const rung = { name: 'passkey', methods: ['hwk', 'user'], aal: 3 } as const;
    expect(makeWorld().stepUp.challenge(request({ rung }))).toMatchObject({
      kind: 'refused',
      message: 'the step-up "passkey" is not available',
    });
  });

  it('when too many of the person are open, and leaves others alone', () => {
    const world = makeWorld();
    for (const name of ['a', 'b', 'c']) held(world.stepUp.challenge(request({ accesses: [column(name)] })));
    expect(world.stepUp.challenge(request({ accesses: [column('d')] }))).toMatchObject({ kind: 'refused' });
    held(world.stepUp.challenge(request({ principal: { id: 'analyst', groups: [] } })));
  });
});
