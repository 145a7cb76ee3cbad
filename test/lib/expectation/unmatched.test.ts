import { describe, expect, it } from 'vitest';
import { expectations, principal } from './fixtures.ts';

describe('patterns that matched nobody', () => {
  const text = `
principals:
  - { match: role/analist, expect: [] }
  - { match: [role/analyst, user/ghost], expect: [] }
  - { match: role/a*, expect: any }
suppress:
  - { principal: user/ghost, actions: "*", reason: r, owner: o, until: 2026-12-31 }
`;

  it('are warned of after the run, as are rules that never came to apply', () => {
    const file = expectations(text);
    file.expectationFor(principal({ name: 'analyst' }));
    expect(file.idleEntries('2026-11-24')).toEqual([
      {
        severity: 'warning',
        message: 'no user or role matches "role/analist" (did you mean "role/analyst"?)',
        location: { file: 'e.yaml', line: 3 },
      },
      expect.objectContaining({ message: expect.stringMatching(/^no user or role matches "user\/ghost"/) }),
      expect.objectContaining({
        message: expect.stringMatching(/never applies: earlier rules/),
        location: { file: 'e.yaml', line: 5 },
      }),
      expect.objectContaining({
        message: expect.stringMatching(/^suppress: no user or role matches "user\/ghost"/),
      }),
    ]);
  });

  it('are none when everything was of use', () => {
    const file = expectations(text);
    for (const name of ['analist', 'analyst', 'actor']) file.expectationFor(principal({ name }));
    const ghost = principal({ kind: 'user', name: 'ghost' });
    file.expectationFor(ghost);
    expect(file.idleEntries('2026-11-24')).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/suppresses nothing/) }),
    ]);
    file.suppressionFor(ghost, 'rekognition:DeleteFaces', '2026-11-24');
    expect(file.idleEntries('2026-11-24')).toEqual([]);
  });

  it('say which suppressions earlier ones make needless', () => {
    const file = expectations(`
suppress:
  - { principal: "role/*", actions: "rekognition:Detect*", reason: r, owner: o, until: 2026-12-31 }
  - { principal: role/analyst, actions: [rekognition:DetectFaces], reason: r, owner: o, until: 2026-12-31 }
`);
    file.expectationFor(principal());
    const held = file.suppressionFor(principal(), 'rekognition:DetectFaces', '2026-11-24');
    expect(held?.location.line).toBe(3);
    expect(file.idleEntries('2026-11-24')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/earlier suppressions cover all of its findings/),
        location: { file: 'e.yaml', line: 4 },
      }),
    ]);
  });
});
