import { describe, expect, test } from 'vitest';
import { statusOf } from '#lib/check/status.ts';
import { compared, expectReadOnly, full, role } from './fixtures.ts';

describe('suppressions', () => {
  const suppression = {
    principal: 'role/analyst',
    actions: ['rekognition:Delete*'],
    reason: 'migration',
    owner: 'vision',
    until: '2026-12-31',
    location: { file: 'expectations.yaml', line: 30 },
  };
  const principal = role('analyst', [full]);
  const covered = (action: string) => (action.startsWith('rekognition:Delete') ? suppression : undefined);

  test('cover their actions only; the rest keeps its id', () => {
    const before = compared({ principal, expectation: expectReadOnly });
    const after = compared({ principal, expectation: expectReadOnly }, { suppressionOf: covered });
    const open = after.filter(({ suppressed }) => !suppressed);
    const quiet = after.filter(({ suppressed }) => suppressed);
    expect(open.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(quiet).toHaveLength(1);
    expect(quiet[0]?.actions.every(({ action }) => action.startsWith('rekognition:Delete'))).toBe(true);
    expect((open[0]?.actions.length ?? 0) + (quiet[0]?.actions.length ?? 0)).toBe(41);
    expect(quiet[0]?.id).not.toBe(open[0]?.id);
  });

  test('leave a principal as expected when they cover everything', () => {
    const findings = compared(
      { principal, expectation: expectReadOnly },
      { suppressionOf: () => suppression },
    );
    expect(findings).toHaveLength(1);
    expect(statusOf(principal, expectReadOnly, findings)).toBe('as-expected');
  });
});
