import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{test,packages/*/test}/**/*.test.ts'],
    globalSetup: ['test/setup/build.ts', 'test/setup/temporary-directory.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
