import { describe, expect, it } from 'vitest';
import type { Access } from '../../../policy/access/facts.ts';
import type { ChallengeRequest } from '../../../proxy/stepup/stepup.ts';
import { openStateDb } from '../../../proxy/stepup/state-db.ts';
import type { World } from './world.ts';
import { codeAt, column, held, makeWorld, noonMs, page, request } from './world.ts';

const who = request().principal;

async function grant(world: World, overrides: Partial<ChallengeRequest> = {}): Promise<string> {
  const statement = held(world.stepUp.challenge(request(overrides)));
  const result = await world.stepUp.confirm(statement.challengeId, codeAt(world.timers.nowMs()), page);
  if (result.kind !== 'confirmed') throw new Error(result.message);
  return result.grantId;
}

const covers = (world: World, access: Access, address = '127.0.0.1', principal = who) =>
  world.stepUp.grantFor(principal, address, access) !== undefined;

describe('a grant', () => {
  it('serves the person, from the address, for what the page showed', async () => {
    const world = makeWorld();
    await grant(world);
    expect(covers(world, column('ssn'))).toBe(true);
    expect(covers(world, column('email'))).toBe(false);
    expect(covers(world, column('ssn'), '10.0.0.1')).toBe(false);
    expect(covers(world, column('ssn'), '127.0.0.1', { id: 'analyst', groups: ['developers'] })).toBe(false);
  });

  it('for an output covers a condition, never the reverse', async () => {
    const world = makeWorld();
    await grant(world, { accesses: [column('ssn', 'output'), column('email', 'condition')] });
    expect(covers(world, column('ssn', 'condition'))).toBe(true);
    expect(covers(world, column('email', 'condition'))).toBe(true);
    expect(covers(world, column('email', 'output'))).toBe(false);
  });

  it('for writing a column covers no reading of it', async () => {
    const world = makeWorld();
    const write: Access = { ...column('ssn', 'write'), action: 'update' };
    await grant(world, { accesses: [write] });
    expect(covers(world, write)).toBe(true);
    expect(covers(world, { ...write, usage: 'condition' })).toBe(false);
    expect(covers(world, { ...write, usage: 'output' })).toBe(false);
  });

  it('covers the very action and resource only', async () => {
    const world = makeWorld();
    await grant(world);
    expect(covers(world, { ...column('ssn', 'write'), action: 'update' })).toBe(false);
    expect(covers(world, { ...column('ssn'), resource: { kind: 'table', schema: 'public', table: 'customers' } })).toBe(
      false,
    );
    const elsewhere = { kind: 'column', schema: 'other', table: 'customers', column: 'ssn' } as const;
    expect(covers(world, { ...column('ssn'), resource: elsewhere })).toBe(false);
    const dotted = { kind: 'column', schema: 'public', table: 'customers.ssn', column: 'x' } as const;
    expect(covers(world, { ...column('ssn'), resource: dotted })).toBe(false);
  });

  it('ends after its time, and callers are told by the version', async () => {
    const world = makeWorld();
    await grant(world);
    const version = world.stepUp.grantsVersion;
    world.timers.advance(599_999);
    expect(covers(world, column('ssn'))).toBe(true);
    expect(world.stepUp.grantsVersion).toBe(version);
    world.timers.advance(1);
    expect(covers(world, column('ssn'))).toBe(false);
    expect(world.stepUp.grantsVersion).toBeGreaterThan(version);
    expect(world.stepUp.grants.list()).toEqual([]);
  });

  it('ends on time even where the timer is late', async () => {
    const world = makeWorld();
    await grant(world);
    world.timers.jump(600_000);
    expect(covers(world, column('ssn'))).toBe(false);
    expect(world.stepUp.grants.list()).toEqual([]);
  });

  it.each([
    [60_000, 60_000],
    [undefined, 600_000],
    [86_400_000, 600_000],
  ])('with a maximum age of %s ms lasts %i ms', async (maxAgeMs, lasts) => {
    const world = makeWorld();
    await grant(world, maxAgeMs === undefined ? {} : { maxAgeMs });
    expect(world.stepUp.grants.list()[0]?.expiresAtMs).toBe(noonMs + lasts);
  });

  it('survives a restart, and an ended one does not come back', async () => {
    const db = openStateDb(':memory:');
    const before = makeWorld({ db });
    const kept = await grant(before);
    before.timers.advance(30_000);
    const revoked = await grant(before, { accesses: [column('email')] });
    before.stepUp.grants.revoke(revoked, 'test');
    const after = makeWorld({ db, startMs: noonMs + 60_000 });
    expect(after.stepUp.grants.list().map(({ id }) => id)).toEqual([kept]);
    expect(covers(after, column('ssn'))).toBe(true);
    expect(covers(after, column('email'))).toBe(false);
    const muchLater = makeWorld({ db, startMs: noonMs + 600_000 });
    expect(covers(muchLater, column('ssn'))).toBe(false);
  });

  it('whose row was damaged is no grant', async () => {
    const db = openStateDb(':memory:');
    await grant(makeWorld({ db }));
    db.exec("UPDATE grant_ SET covers = 'everything'");
    expect(makeWorld({ db }).stepUp.grants.list()).toEqual([]);
  });

  it('is the best of several: the highest level, then the freshest', async () => {
    const world = makeWorld();
    await grant(world);
    world.timers.advance(60_000);
    const fresher = await grant(world);
    expect(world.stepUp.grantFor(who, '127.0.0.1', column('ssn'))?.id).toBe(fresher);
    world.timers.advance(60_000);
    const stronger = await grant(world, { rung: { name: 'totp3', methods: ['otp'], aal: 3 } });
    world.timers.advance(60_000);
    await grant(world);
    expect(world.stepUp.grantFor(who, '127.0.0.1', column('ssn'))?.id).toBe(stronger);
  });
});

describe('revoking a grant', () => {
  it('ends it at once, tells the listeners and is audited', async () => {
    const world = makeWorld();
    const id = await grant(world);
    const told: string[] = [];
    world.stepUp.grants.onRevoke((grantId) => told.push(grantId));
    const version = world.stepUp.grantsVersion;
    expect(world.stepUp.grants.revoke(id, 'administrator root')).toBe(true);
    expect(covers(world, column('ssn'))).toBe(false);
    expect(told).toEqual([id]);
    expect(world.stepUp.grantsVersion).toBeGreaterThan(version);
    expect(world.events().at(-1)).toMatchObject({
      type: 'grant.revoked',
      subject: { principal: 'developer' },
      data: { grantId: id, by: 'administrator root' },
    });
    expect(world.stepUp.grants.list()).toEqual([]);
    expect(world.stepUp.grants.list({ includeEnded: true })).toMatchObject([{ id, revokedAtMs: noonMs }]);
  });

  it('says when there is none', async () => {
    const world = makeWorld();
    const id = await grant(world);
    expect(world.stepUp.grants.revoke('g-none', 'test')).toBe(false);
    expect(world.stepUp.grants.revoke(id, 'test')).toBe(true);
    expect(world.stepUp.grants.revoke(id, 'test')).toBe(false);
  });

  it('happens to whoever loses their enrolment', async () => {
    const world = makeWorld();
    await grant(world);
    world.reload();
    expect(covers(world, column('ssn'))).toBe(true);
    world.people.delete('developer');
    world.reload();
    expect(covers(world, column('ssn'))).toBe(false);
  });
});
