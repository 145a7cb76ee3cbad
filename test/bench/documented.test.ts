import { describe, expect, it } from 'vitest';
import { assertWithin, documented } from '../../bench/load/documented.ts';
import type { Taken } from '../../bench/load/stage.ts';

const { full, sample } = documented(`
| scenario | calls to IAM | at 4 a second | memory of the check | what came of it |
| -------- | ------------ | ------------- | ------------------- | --------------- |
| \`now\`  | 10,000       | 2,500 s       | 1,000 MB            | all of it       |

| scenario | size      | calls to IAM | memory of the check |
| -------- | --------- | ------------ | ------------------- |
| \`now\`  | 50 roles  | 100          | 150 MB              |
`);

const taken = (calls: number, memory: number): Taken => ({
  calls: new Map([
    ['GetAccountAuthorizationDetails', 10],
    ['SimulatePrincipalPolicy', calls - 10],
  ]),
  memory: new Map([
    ['local-CheckNowFunction', memory],
    ['local-WriteReportFunction', 5_000],
  ]),
  messages: [],
  begun: 0,
  seconds: 0,
  wall: 0,
});

it('reads what docs/reliability.md says of each size', () => {
  expect([...full]).toEqual([['now', { calls: 10_000, memory: 1_000 }]]);
  expect([...sample]).toEqual([['now', { calls: 100, memory: 150 }]]);
});

it('reads of every scenario both sizes, of which the full one takes no less', () => {
  const real = documented();
  expect([...real.full.keys()].sort()).toEqual([...real.sample.keys()].sort());
  for (const [name, { calls, memory }] of real.full) {
    expect(calls).toBeGreaterThanOrEqual(real.sample.get(name)?.calls ?? Number.NaN);
    expect(memory).toBeGreaterThan(real.sample.get(name)?.memory ?? Number.NaN);
  }
});

describe('what a scenario may take', () => {
  it('is a fifth more than is written down', () => {
    expect(() => assertWithin('now', taken(12_000, 1_200), full)).not.toThrow();
    expect(() => assertWithin('now', taken(120, 180), sample)).not.toThrow();
  });

  it.each([
    ['calls', taken(12_001, 1_000), full, 'now: 12001 calls to IAM, and docs/reliability.md says 10000'],
    ['memory', taken(10_000, 1_201), full, 'now: 1201 MB, and docs/reliability.md says 1000'],
    ['calls of a sample', taken(121, 100), sample, 'now: 121 calls to IAM, and docs/reliability.md says 100'],
    ['memory of a sample', taken(100, 181), sample, 'now: 181 MB, and docs/reliability.md says 150'],
  ])('is no more %s', (_, one, bounds, message) => {
    expect(() => assertWithin('now', one, bounds)).toThrow(message);
  });

  it('is nothing where nothing is written down', () => {
    expect(() => assertWithin('storm', taken(1, 1), full)).toThrow(
      'storm: docs/reliability.md says nothing of it',
    );
  });

  it.runIf(process.platform === 'linux')('is not what was not measured', () => {
    const unmeasured = { ...taken(1, 1), memory: new Map([['local-WriteReportFunction', 100]]) };
    expect(() => assertWithin('now', unmeasured, full)).toThrow('the memory of the check was not measured');
  });
});
