import { defineConfig } from 'vitest/config';

/** CI reads the counts from vitest's own JSON report. */
const report = process.env['STEPWARD_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    passWithNoTests: false,
    globalSetup: ['test/support/global-postgres.ts'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
