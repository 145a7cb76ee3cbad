import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { statusOf } from '#lib/check/status.ts';
import { comparePrincipal } from '#lib/compare/compare.ts';
import {
  accountId,
  asked,
  compared,
  expecting,
  expectReadOnly,
  policy,
  role,
  simulated,
} from './fixtures.ts';

describe('inconclusive', () => {
  test('nothing checked is not the same as nothing found', () => {
    const findings = compared({ principal: role('a', []), expectation: expectReadOnly, observations: [] });
    expect(findings.map(({ kind, summary }) => [kind, summary])).toEqual([
      ['inconclusive', 'Nothing was checked: no request was answered.'],
    ]);
  });

  test('an action that nobody asked is told', () => {
    const findings = compared({
      principal: role('a', []),
      expectation: expecting('nothing', []),
      observations: asked().filter(({ request }) => request.action !== 'rekognition:IndexFaces'),
    });
    expect(findings.map(({ summary }) => summary)).toEqual([
      'IndexFaces: asked of nobody, so nothing is known.',
    ]);
  });

  test('an unreadable policy is told, and what is not allowed by the others is not called missing', () => {
    const principal = role('a', [], { unreadable: ['arn:aws:iam::123456789012:policy/lost'] });
    const findings = compared({ principal, expectation: expectReadOnly });
    expect(findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    expect(findings[0]?.summary).toContain('policy/lost');
    expect(statusOf(principal, expectReadOnly, findings)).toBe('inconclusive');
  });

  test('a malformed policy is told with name and line, once', () => {
    const findings = comparePrincipal({
      accountId,
      principal: role('a', [policy('broken', [])]),
      expectation: expectReadOnly,
      observations: [],
      gaps: [],
      problems: ['policy "broken", line 3, column 5: Effect must be "Allow" or "Deny"'],
      actions,
      expectedSet: undefined,
      observedSet: undefined,
    });
    expect(findings.map(({ summary }) => summary).sort()).toEqual(
      [
        'policy "broken", line 3, column 5: Effect must be "Allow" or "Deny".',
        'what role/a should be able to do could not be worked out.',
      ].sort(),
    );
  });

  test('gaps of the plan are told with their reason', () => {
    const findings = compared(
      { principal: role('a', []), expectation: expecting('nothing', []) },
      {
        gaps: [
          {
            action: 'rekognition:IndexFaces',
            reason: 'the condition on aws:PrincipalTag/team cannot be met',
          },
        ],
      },
    );
    expect(findings[0]?.summary).toBe(
      'IndexFaces could not be asked in full: the condition on aws:PrincipalTag/team cannot be met.',
    );
  });

  test('the id does not change with counts and request ids in the reason', () => {
    const id = (reason: string) =>
      compared({
        principal: role('a', []),
        expectation: expecting('nothing', []),
        observations: simulated(asked(), () => ({ decision: 'inconclusive', reason })),
      })[0]?.id;
    expect(id('throttled 8 times')).toBe(id('throttled 12 times'));
    expect(id('throttled 8 times')).not.toBe(id('access denied'));
  });
});
