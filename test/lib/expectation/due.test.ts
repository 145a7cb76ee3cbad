import { expect, test } from 'vitest';
import { type Dated, dueOf } from '#lib/expectation/due.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from './fixtures.ts';

const rule = (line: number, more: Partial<Dated>): Dated => ({
  kind: 'rule',
  whom: 'role/a',
  location: { file: 'expectations.yaml', line },
  ...more,
});
const lines = (all: readonly Dated[], within: number) =>
  dueOf(all, { today: '2026-11-24', within, every: 365 }).map(({ location, day }) => [location.line, day]);

test('what ends, and what was reviewed long ago, is due; the earliest first', () => {
  const all = [
    rule(1, { until: '2026-12-24' }),
    rule(2, { until: '2026-12-25' }),
    rule(3, { reviewed: '2025-11-24' }),
    rule(4, { reviewed: '2026-01-01', until: '2026-11-01' }),
    rule(5, { reviewed: '2024-01-01', until: '2030-01-01' }),
  ];
  expect(lines(all, 30)).toEqual([
    [5, '2024-12-31'],
    [4, '2026-11-01'],
    [3, '2026-11-24'],
    [1, '2026-12-24'],
  ]);
  expect(lines(all, 0)).toHaveLength(3);
});

const file = `sets:
  faces: [{ Effect: Allow, Action: rekognition:SearchFaces, Resource: "*" }]
principals:
  - { match: role/a, expect: [AmazonRekognitionFullAccess], until: 2026-11-24, owner: vision }
  - { match: role/b, expect: any, until: 2026-11-24 }
  - { match: role/a, expect: [faces] }
`;
const expected = (name: string, day: string, text = file) => {
  const now = new Date(`${day}T12:00:00Z`);
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml', { now });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return expectations.expectationFor(principal({ kind: 'role', name }));
};

test('on its last day a rule holds', () => {
  expect(expected('a', '2026-11-24')).toMatchObject({ label: 'AmazonRekognitionFullAccess v1' });
  expect(expected('b', '2026-11-24')).toMatchObject({ kind: 'any' });
});

test('after it, the next rule that names sets decides, else nothing is expected', () => {
  expect(expected('a', '2026-11-25')).toMatchObject({
    label: 'faces (more was expected until 2026-11-24; its owner is vision)',
    policies: [{ name: 'faces' }],
    rule: { line: 4 },
  });
  expect(expected('b', '2026-11-25')).toMatchObject({
    kind: 'sets',
    label: 'nothing (more was expected until 2026-11-24)',
    policies: [],
  });
  expect(expected('b', '2026-11-25', `${file}  - { match: "*", expect: any }\n`)).toMatchObject({
    kind: 'sets',
  });
});

test('principals of one ended rule share one expectation', () => {
  const now = new Date('2026-12-01T00:00:00Z');
  const { expectations } = parseExpectations(file.replace('role/b', 'role/b*'), 'expectations.yaml', { now });
  const [one, other] = ['b1', 'b2'].map((name) =>
    expectations.expectationFor(principal({ kind: 'role', name })),
  );
  expect(one).toBe(other);
});

test('a day that is none is an error', () => {
  const { diagnostics } = parseExpectations(
    'principals:\n  - { match: "*", expect: [], until: soon }\n',
    'e.yaml',
  );
  expect(diagnostics.map(({ message }) => message).join()).toMatch(/"soon" is not a day/);
});
