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

describe('a suppression of one finding', () => {
  const file = expectations(`
suppress:
  - { finding: 0123456789012345, reason: r, owner: o, until: 2026-12-31 }
  - { principal: role/etl*, finding: 1234e56789012345, actions: rekognition:Detect*, reason: r, owner: o, until: 2026-12-31 }
`);
  const [any, own] = file.suppressions;
  const [today, etl] = ['2026-12-31', principal({ name: 'etl-2' })];
  const finding = (id: string, ...actions: string[]) => ({
    id,
    actions: actions.map((action) => ({ action: `rekognition:${action}` })),
  });

  it('covers that finding until its last day, and nothing else of anybody', () => {
    const one = finding('0123456789012345', 'DeleteFaces');
    expect(file.suppressionOf(one, undefined, today)).toBe(any);
    expect(file.suppressionOf(one, etl, today)).toBe(any);
    expect(file.suppressionOf(one, etl, '2027-01-01')).toBeUndefined();
    expect(file.suppressionOf(finding('0123456789012346'), etl, today)).toBeUndefined();
    expect(file.suppressionFor(etl, 'rekognition:DetectText', today)).toBeUndefined();
  });

  it('covers no other actions and nobody else than it names', () => {
    const id = '1234e56789012345';
    expect(file.suppressionOf(finding(id, 'DetectText', 'DetectFaces'), etl, today)).toBe(own);
    expect(file.suppressionOf(finding(id), etl, today)).toBe(own);
    expect(file.suppressionOf(finding(id, 'DetectText', 'DeleteFaces'), etl, today)).toBeUndefined();
    expect(file.suppressionOf(finding(id, 'DetectText'), principal(), today)).toBeUndefined();
    expect(file.suppressionOf(finding(id, 'DetectText'), undefined, today)).toBeUndefined();
  });
});
