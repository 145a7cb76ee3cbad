import { defineConfig } from 'vitest/config';

/** The tests that `npm run mutation` holds each change against: those of the rooms that are mutated, without a build. */
export default defineConfig({
  test: {
    include: ['test/lib/{check,compare,outbox,plan}/**/*.test.ts', 'packages/iam-policy/test/**/*.test.ts'],
    // A whole check of random accounts takes seconds, for each of the thousands of changes.
    exclude: ['test/lib/check/account.property.test.ts'],
    env: { UNIT_TESTS: 'yes' },
    testTimeout: 60_000,
  },
});
