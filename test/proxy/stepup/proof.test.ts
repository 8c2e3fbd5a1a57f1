import { describe, expect, it } from 'vitest';
import { openStateDb } from '../../../proxy/stepup/state-db.ts';
import { codeAt, column, eventTypes, held, makeWorld, noonMs, page, request, settledNow, wrongCode } from './world.ts';

describe('a proof', () => {
  it('makes a grant, in the audit before the statement goes on', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    const result = await world.stepUp.confirm(statement.code, codeAt(noonMs), page);
    expect(result).toMatchObject({ kind: 'confirmed', challengeId: statement.challengeId });
    expect(await statement.outcome).toEqual({ kind: 'confirmed', grantId: 'grantId' in result ? result.grantId : '' });
    expect(eventTypes(world)).toEqual(['challenge.created', 'challenge.confirmed', 'grant.created']);
    expect(world.events().at(-1)).toMatchObject({
      subject: { principal: 'developer', address: '127.0.0.1' },
      data: { resources: ['select output public.customers.ssn'], aal: 2, methods: ['pwd', 'otp', 'mfa'] },
    });
    expect(world.stepUp.grantFor(request().principal, '127.0.0.1', column('ssn'))?.assurance).toEqual({
      methods: ['pwd', 'otp', 'mfa'],
      aal: 2,
      provedAtMs: noonMs,
    });
  });

  it('never writes the code anywhere', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    const wrong = wrongCode(noonMs);
    await world.stepUp.confirm(statement.code, wrong, page);
    await world.stepUp.confirm(statement.code, codeAt(noonMs), page);
    const audit = JSON.stringify(world.events());
    expect(audit).not.toContain(wrong);
    expect(audit).not.toContain(codeAt(noonMs));
  });

  it('is refused with a wrong code, and the statement keeps waiting', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    expect(await world.stepUp.confirm(statement.code, wrongCode(noonMs), page)).toMatchObject({
      kind: 'refused',
      reason: 'wrong',
    });
    expect(await settledNow(statement.outcome)).toBe('pending');
    expect(world.events().at(-1)).toMatchObject({
      type: 'proof.refused',
      data: { reason: 'wrong', from: '10.0.0.9', via: 'page' },
    });
  });

  it('is refused when the code was used for another challenge', async () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    await world.stepUp.confirm(first.code, codeAt(noonMs), page);
    expect(await world.stepUp.confirm(second.code, codeAt(noonMs), page)).toMatchObject({
      kind: 'refused',
      reason: 'replayed',
    });
    expect(world.events().at(-1)).toMatchObject({ type: 'proof.refused', data: { reason: 'replayed' } });
    expect(await settledNow(second.outcome)).toBe('pending');
  });

  it('is refused after a restart when the code was used before it', async () => {
    const db = openStateDb(':memory:');
    const before = makeWorld({ db });
    await before.stepUp.confirm(held(before.stepUp.challenge(request())).code, codeAt(noonMs), page);
    const after = makeWorld({ db });
    const statement = held(after.stepUp.challenge(request({ accesses: [column('email')] })));
    expect(await after.stepUp.confirm(statement.code, codeAt(noonMs), page)).toMatchObject({ reason: 'replayed' });
  });

  it('counts once when two arrive at the same moment', async () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    const code = codeAt(noonMs);
    const results = await Promise.all([first, first, second].map((s) => world.stepUp.confirm(s.code, code, page)));
    expect(results.map(({ kind }) => kind)).toEqual(['confirmed', 'ended', 'refused']);
    expect(eventTypes(world).filter((type) => type === 'grant.created')).toHaveLength(1);
  });

  it('with another form than six digits is no attempt', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    for (let i = 0; i < 10; i++) {
      expect(await world.stepUp.confirm(statement.code, 'abc', page)).toMatchObject({ reason: 'malformed' });
    }
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs), page)).kind).toBe('confirmed');
  });

  it('after the deadline is refused even where the timer is late', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.timers.jump(120_000);
    const result = await world.stepUp.confirm(statement.code, codeAt(noonMs + 120_000), page);
    expect(result).toMatchObject({ kind: 'ended', how: 'expired' });
    expect(await statement.outcome).toEqual({ kind: 'expired' });
    expect(world.events().at(-1)).toMatchObject({ type: 'proof.refused', data: { reason: 'expired' } });
  });

  it('that comes too late does not use up its code', async () => {
    const world = makeWorld();
    const late = held(world.stepUp.challenge(request()));
    world.timers.jump(120_000);
    const code = codeAt(noonMs + 120_000);
    await world.stepUp.confirm(late.code, code, page);
    const next = held(world.stepUp.challenge(request()));
    expect((await world.stepUp.confirm(next.code, code, page)).kind).toBe('confirmed');
  });

  it('takes the short code as people type it', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    const typed = ` ${statement.code.replace('-', ' ').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect((await world.stepUp.confirm(typed, codeAt(noonMs), page)).kind).toBe('confirmed');
  });

  it.each(['', 'K7QM-4TXD', 'nonsense', '__proto__', 'constructor'])('for %j finds nothing', async (id) => {
    expect((await makeWorld().stepUp.confirm(id, '123456', page)).kind).toBe('unknown');
  });

  it('is refused to a person who was taken out of the people file', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.people.delete('developer');
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs), page)).kind).toBe('unavailable');
  });
});

describe('wrong codes', () => {
  it('lock the person out, the right code included, for all of their challenges', async () => {
    const world = makeWorld();
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    for (let i = 0; i < 4; i++) await world.stepUp.confirm(i % 2 ? first.code : second.code, wrongCode(noonMs), page);
    expect(await world.stepUp.confirm(first.code, wrongCode(noonMs), page)).toMatchObject({
      kind: 'lockedOut',
      untilMs: noonMs + 300_000,
      message: 'Too many wrong codes. Try again in 5 minutes.',
    });
    expect((await world.stepUp.confirm(second.code, codeAt(noonMs), page)).kind).toBe('lockedOut');
    expect(world.events().at(-1)).toMatchObject({ type: 'proof.refused', data: { reason: 'lockedOut' } });
    const other = held(world.stepUp.challenge(request({ principal: { id: 'analyst', groups: [] } })));
    expect((await world.stepUp.confirm(other.code, codeAt(noonMs), page)).kind).toBe('confirmed');
  });

  it('stay counted over a restart', async () => {
    const db = openStateDb(':memory:');
    const before = makeWorld({ db });
    const statement = held(before.stepUp.challenge(request()));
    for (let i = 0; i < 4; i++) await before.stepUp.confirm(statement.code, wrongCode(noonMs), page);
    const after = makeWorld({ db });
    const again = held(after.stepUp.challenge(request()));
    expect((await after.stepUp.confirm(again.code, wrongCode(noonMs), page)).kind).toBe('lockedOut');
    const third = makeWorld({ db });
    expect((await third.stepUp.confirm(held(third.stepUp.challenge(request())).code, codeAt(noonMs), page)).kind).toBe(
      'lockedOut',
    );
  });

  it('lock out for twice as long each time, until a right code', async () => {
    const world = makeWorld();
    const lockOut = async (): Promise<number> => {
      const statement = held(world.stepUp.challenge(request()));
      const start = world.timers.nowMs();
      for (let i = 0; i < 5; i++) await world.stepUp.confirm(statement.code, wrongCode(start), page);
      statement.withdraw('cancel');
      const probe = held(world.stepUp.challenge(request()));
      const result = await world.stepUp.confirm(probe.code, '000000', page);
      probe.withdraw('cancel');
      const until = result.kind === 'lockedOut' ? (result.untilMs ?? 0) : 0;
      world.timers.advance(until - start);
      return (until - start) / 60_000;
    };
    expect([await lockOut(), await lockOut(), await lockOut()]).toEqual([5, 10, 20]);
    const statement = held(world.stepUp.challenge(request()));
    expect((await world.stepUp.confirm(statement.code, codeAt(world.timers.nowMs()), page)).kind).toBe('confirmed');
    world.timers.advance(700_000);
    expect(await lockOut()).toBe(5);
  });

  it('are forgotten after a right one', async () => {
    const world = makeWorld();
    for (let round = 0; round < 3; round++) {
      const now = world.timers.nowMs();
      const statement = held(world.stepUp.challenge(request()));
      for (let i = 0; i < 4; i++) await world.stepUp.confirm(statement.code, wrongCode(now), page);
      expect((await world.stepUp.confirm(statement.code, codeAt(now), page)).kind).toBe('confirmed');
      world.timers.advance(30_000);
    }
  });

  it('start from none after a lock-out', async () => {
    const world = makeWorld({ limits: { maxWrong: 5, windowMs: 3_600_000, lockMs: 1000, maxLockMs: 1000 } });
    const first = held(world.stepUp.challenge(request()));
    for (let i = 0; i < 5; i++) await world.stepUp.confirm(first.code, wrongCode(noonMs), page);
    world.timers.advance(1000);
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    expect((await world.stepUp.confirm(second.code, wrongCode(noonMs + 1000), page)).kind).toBe('refused');
  });

  it('are forgotten after their window', async () => {
    const world = makeWorld();
    world.config.timeoutMs = 3_600_000;
    const first = held(world.stepUp.challenge(request()));
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    for (let i = 0; i < 4; i++) await world.stepUp.confirm(first.code, wrongCode(noonMs), page);
    world.timers.advance(300_000);
    const now = world.timers.nowMs();
    expect((await world.stepUp.confirm(second.code, wrongCode(now), page)).kind).toBe('refused');
  });

  it('close a single challenge to further tries', async () => {
    const limits = { maxWrong: 5, windowMs: 1000, lockMs: 1000, maxLockMs: 1000 };
    const world = makeWorld({ limits });
    const statement = held(world.stepUp.challenge(request()));
    for (let i = 0; i < 5; i++) {
      await world.stepUp.confirm(statement.code, wrongCode(world.timers.nowMs()), page);
      world.timers.advance(2000);
    }
    expect(await world.stepUp.confirm(statement.code, codeAt(world.timers.nowMs()), page)).toMatchObject({
      kind: 'lockedOut',
      untilMs: undefined,
    });
  });
});

describe('a store that cannot be written', () => {
  it('confirms nothing when it is the audit, and the statement can be confirmed later', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.disk.isBroken = true;
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs), page)).kind).toBe('unavailable');
    expect(await settledNow(statement.outcome)).toBe('pending');
    expect(world.stepUp.grants.list()).toEqual([]);
    world.disk.isBroken = false;
    world.timers.advance(30_000);
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs + 30_000), page)).kind).toBe('confirmed');
  });

  it('lets a challenge still expire after a failed confirmation', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.disk.isBroken = true;
    await world.stepUp.confirm(statement.code, codeAt(noonMs), page);
    world.timers.advance(120_000);
    expect(await settledNow(statement.outcome)).toEqual({ kind: 'expired' });
  });

  it('confirms nothing when it is the state', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.db.exec("CREATE TRIGGER broken BEFORE INSERT ON grant_ BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs), page)).kind).toBe('unavailable');
    expect(await settledNow(statement.outcome)).toBe('pending');
    expect(world.stepUp.grantFor(request().principal, '127.0.0.1', column('ssn'))).toBeUndefined();
    expect(eventTypes(world).slice(-2)).toEqual(['grant.created', 'grant.revoked']);
  });

  it('takes no code whose use cannot be remembered', async () => {
    const world = makeWorld();
    const statement = held(world.stepUp.challenge(request()));
    world.db.pragma('query_only = on');
    expect((await world.stepUp.confirm(statement.code, codeAt(noonMs), page)).kind).toBe('unavailable');
    expect(await settledNow(statement.outcome)).toBe('pending');
    expect(eventTypes(world)).toEqual(['challenge.created']);
  });
});
