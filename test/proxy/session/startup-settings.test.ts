import { describe, expect, it } from 'vitest';
import { settingsStatement, startupSettings } from '../../../proxy/session/startup-settings.ts';

function settingsOf(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> | string {
  const result = startupSettings(new Map(Object.entries(parameters)));
  return result.kind === 'refused' ? result.error.message : Object.fromEntries(result.settings);
}

describe('settings of a start-up packet', () => {
  it('takes parameters as they are, and those of options in every spelling', () => {
    expect(
      settingsOf({ user: 'ann', database: 'shop', DateStyle: 'ISO', options: '-c geqo=off --work-mem=4MB -cjit=on' }),
    ).toEqual({
      geqo: 'off',
      work_mem: '4MB',
      jit: 'on',
      datestyle: 'ISO',
    });
  });

  it('reads escaped white space in options', () => {
    expect(settingsOf({ options: String.raw`-c search_path=a,\ b  -c x.y=\\` })).toEqual({
      search_path: 'a, b',
      'x.y': '\\',
    });
  });

  it.each(['-d 5', '-c', '-c novalue', '--', 'word', '-W10', "-c a'b=1"])('refuses options %j', (options) => {
    expect(settingsOf({ options })).toMatch(/^command-line argument ".*" is not taken/);
  });

  it('lets a parameter win over options, as PostgreSQL does', () => {
    expect(settingsOf({ search_path: 'public', options: '-c search_path=hr' })).toEqual({ search_path: 'public' });
  });

  it('judges nothing where there is nothing but what every client sends', () => {
    expect(
      settingsStatement(
        new Map([
          ['application_name', "O'Neil"],
          ['client_encoding', 'UTF8'],
        ]),
      ),
    ).toBeUndefined();
  });

  it('quotes names and values into one statement', () => {
    expect(
      settingsStatement(
        new Map([
          ['a', "it's"],
          ['role', 'x'],
        ]),
      ),
    ).toBe("SELECT pg_catalog.set_config('a', 'it''s', false), pg_catalog.set_config('role', 'x', false)");
  });
});
