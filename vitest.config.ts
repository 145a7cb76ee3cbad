import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { unitTests } from './test/setup/unit-tests.ts';

const unit = unitTests(import.meta.dirname);

/** What measures its own process runs when nothing else does. */
const measured = ['test/lib/check/until.test.ts'];

/** `--mode unit` (npm run test:unit) runs the unit tests alone. */
export default defineConfig(({ mode }) => ({
  test: {
    // A hang ends a test, no slow machine: how long things may take is for bench/ to say.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Tests of the deployed stack wait for its functions, for a quarter of their time: three fill two cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        extends: true as const,
        test: {
          name: 'unit',
          include: unit,
          exclude: ['**/node_modules/**', ...measured],
          // Pure code keeps nothing between two files: loading it once a worker is half of the time.
          isolate: false,
          pool: 'threads' as const,
          maxWorkers: '100%',
          ...(mode === 'unit' && {
            env: { UNIT_TESTS: 'yes' },
            globalSetup: ['test/setup/temporary-directory.ts'],
          }),
        },
      },
      {
        extends: true as const,
        test: {
          name: 'whole',
          include: ['{test,packages/*/test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...measured, ...unit],
          globalSetup: ['test/setup/build.ts', 'test/setup/temporary-directory.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true as const,
        test: { name: 'measured', include: measured, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts', 'packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      // Per cent, a little below what the whole reaches; code in functions and in the built command line is not counted.
      thresholds: { statements: 84, branches: 77, functions: 85, lines: 86 },
    },
  },
}));
