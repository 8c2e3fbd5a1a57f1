import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateDb, persistentSecret } from '../../../proxy/stepup/state-db.ts';

describe('state.db', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-state-'));
    file = join(folder, 'state.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('can be read by its owner only, its journal too', () => {
    const db = openStateDb(file);
    persistentSecret(db, 'x', 8, (size) => Buffer.alloc(size));
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(`${file}${suffix}`).mode & 0o777).toBe(0o600);
    db.close();
  });

  it('keeps a secret over restarts', () => {
    const first = openStateDb(file);
    const made = persistentSecret(first, 'mock', 32, (size) => Buffer.alloc(size, 1));
    first.close();
    const second = openStateDb(file);
    expect(persistentSecret(second, 'mock', 32, (size) => Buffer.alloc(size, 2))).toEqual(made);
    second.close();
  });

  it('of a newer stepward is not touched', () => {
    const db = openStateDb(file);
    db.pragma('user_version = 99');
    db.close();
    expect(() => openStateDb(file)).toThrow('was written by a newer stepward');
  });
});
