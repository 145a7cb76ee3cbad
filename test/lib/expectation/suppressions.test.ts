import { describe, expect, it } from 'vitest';
import { expectations, principal } from './fixtures.ts';

describe('suppressions', () => {
  const file = expectations(`
suppress:
  - principal: role/etl*
    actions: [rekognition:Detect*, rekognition:deletefaces]
    reason: moves in December
    owner: vision@example.com
    until: 2026-12-31
  - { principal: user/gone, actions: "*", reason: r, owner: o, until: 2026-01-31 }
`);
  const [first, second] = file.suppressions;
  const etl = principal({ name: 'etl-2' });

  it.each([
    ['rekognition:DetectText', '2026-12-31', true],
    ['rekognition:DeleteFaces', '2026-01-01', true],
    ['rekognition:DeleteFaces', '2027-01-01', false],
    ['rekognition:SearchFaces', '2026-06-01', false],
  ])('%s on %s: %s', (action, today, covered) => {
    expect(file.suppressionFor(etl, action, today)).toBe(covered ? first : undefined);
    expect(file.suppressionFor(principal(), action, today)).toBeUndefined();
  });

  it('say who, why and where', () => {
    expect(first).toEqual({
      principal: 'role/etl*',
      actions: ['rekognition:Detect*', 'rekognition:deletefaces'],
      reason: 'moves in December',
      owner: 'vision@example.com',
      until: '2026-12-31',
      location: { file: 'e.yaml', line: 3 },
    });
  });

  it('expire after their last day', () => {
    expect(file.expiredSuppressions('2026-01-31')).toEqual([]);
    expect(file.expiredSuppressions('2026-02-01')).toEqual([second]);
  });
});
