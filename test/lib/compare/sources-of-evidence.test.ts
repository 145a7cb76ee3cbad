import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import {
  arn,
  asked,
  baseline,
  compared,
  expecting,
  expectReadOnly,
  full,
  policy,
  readOnly,
  role,
  simulated,
} from './fixtures.ts';

describe('sources of evidence', () => {
  const listed = role('lister', [readOnly]);

  test('agreeing sources are no finding', () => {
    const observations = simulated(asked(), ({ action }) => ({
      decision: compared({ principal: listed, expectation: expecting('nothing', []) })[0]?.actions.some(
        (one) => one.action === action,
      )
        ? 'allowed'
        : 'implicitDeny',
    }));
    expect(compared({ principal: listed, expectation: expectReadOnly, observations })).toEqual([]);
  });

  const answering = (decision: 'allowed' | 'implicitDeny', more: object = {}) =>
    simulated(
      asked().filter(({ request }) => request.action === 'rekognition:ListCollections'),
      () => ({ decision, ...more }),
    );
  const only = { actions: actions.filter(({ name }) => name === 'ListCollections') };
  const kinds = (observations: ReturnType<typeof asked>, principal = listed) =>
    compared({ principal, expectation: expectReadOnly, observations }, only).map(({ kind }) => kind);

  test('simulation denies what the documents allow: missing, and a contradiction', () => {
    expect(kinds(answering('implicitDeny'))).toEqual(['missing', 'contradiction']);
  });

  test('simulation allows what the documents deny: the worse is not hidden', () => {
    const nobody = role('nobody', []);
    const findings = compared(
      { principal: nobody, expectation: expecting('nothing', []), observations: answering('allowed') },
      only,
    );
    expect(findings.map(({ kind }) => kind).sort()).toEqual(['contradiction', 'excess']);
    expect(findings.find(({ kind }) => kind === 'excess')?.summary).toBe(
      'Something that the policy documents do not show allows ListCollections, which is not expected.',
    );
    expect(findings.find(({ kind }) => kind === 'contradiction')?.summary).toBe(
      "IAM's simulation says allowed, but the policy documents say denied: ListCollections.",
    );
  });

  test('where SCPs do not bind, a denial by them is no answer: the documents count', () => {
    const observations = answering('implicitDeny', { allowedByOrganizations: false, blockedBy: 'scp' });
    const about = { principal: listed, expectation: expecting('nothing', []), observations };
    expect(compared(about, only)).toEqual([]);
    expect(compared(about, { ...only, beyondScps: true })).toMatchObject([{ kind: 'excess' }]);
  });

  test('a policy that could not be read excuses the documents, never the simulation', () => {
    const partly = role('partly', [], { unreadable: ['managed policy gone'] });
    const allowed = answering('allowed');
    expect(kinds(allowed, partly)).toEqual(['inconclusive']);
    const denied = allowed.map(({ request, evidence }) => ({
      request,
      evidence: [...evidence, { kind: 'probed', decision: 'implicitDeny', probedResources: ['*'] } as const],
    }));
    expect(kinds(denied, partly)).toContain('contradiction');
  });

  test.each([
    ['an SCP', { allowedByOrganizations: false }, 'a service control policy'],
    ['a boundary', { allowedByBoundary: false }, 'the permissions boundary'],
  ])('a denial by %s that only AWS sees is explained', (_, more, words) => {
    const findings = compared(
      { principal: listed, expectation: expectReadOnly, observations: answering('implicitDeny', more) },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing']);
    expect(findings[0]?.summary).toContain(words);
  });

  test('a denial by an RCP, which simulation does not see, stands', () => {
    const rcp = policy('rcp', [{ Effect: 'Deny', Principal: '*', Action: 'rekognition:*', Resource: '*' }], {
      type: 'rcp',
    });
    const allowAll = policy('all', [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }], {
      type: 'rcp',
    });
    const findings = compared(
      {
        principal: listed,
        expectation: expectReadOnly,
        observations: answering('allowed'),
        around: { rcps: [[allowAll, rcp]] },
      },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing']);
  });

  test('a simulation without an answer is told, and the documents still count', () => {
    const observations = simulated(asked(), () => ({
      decision: 'inconclusive',
      reason: 'throttled 8 times',
    }));
    const findings = compared({ principal: role('a', [full]), expectation: expectReadOnly, observations });
    expect(findings.map(({ kind }) => kind)).toEqual(['excess', 'inconclusive']);
    expect(findings[1]?.summary).toBe('76 actions: throttled 8 times.');
  });

  test('CreateCollection on an ARN is beyond the simulation: its silence there is not told', () => {
    const observations = simulated(
      [
        {
          request: {
            action: 'rekognition:CreateCollection',
            resource: arn('collection/c'),
            context: baseline,
          },
          evidence: [],
        },
      ],
      () => ({ decision: 'inconclusive', reason: 'not judged on this resource' }),
    );
    const some = { actions: actions.filter(({ name }) => name === 'CreateCollection') };
    expect(
      compared({ principal: role('a', [full]), expectation: expectReadOnly, observations }, some).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['excess']);
  });

  test('a live call is believed before a simulation, and the difference is told with its causes', () => {
    const [first] = answering('allowed');
    if (!first) throw new Error('no observation');
    const probed = {
      kind: 'probed' as const,
      decision: 'explicitDeny' as const,
      namedLayer: 'endpoint' as const,
    };
    const findings = compared(
      {
        principal: listed,
        expectation: expectReadOnly,
        observations: [{ ...first, evidence: [...first.evidence, probed] }],
      },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing', 'contradiction']);
    expect(findings[1]?.summary).toBe(
      "A live call says denied, but IAM's simulation and the policy documents say allowed: ListCollections.",
    );
    expect(findings[1]?.remedies[0]).toMatch(/^Likely causes: a VPC endpoint policy, /);
    const apart = {
      ...first,
      evidence: [...first.evidence, probed],
      reconciliation: { kind: 'not-comparable' as const, reason: 'tags' },
    };
    expect(kinds([apart])).toEqual([]);
  });
});
