import { describe, expect, test } from 'vitest';
import {
  accountId,
  allow,
  arn,
  asked,
  baseline,
  compared,
  expecting,
  expectReadOnly,
  policy,
  readOnly,
  role,
} from './fixtures.ts';

describe('missing', () => {
  test('no policy allows it', () => {
    const [finding, ...others] = compared({ principal: role('new', []), expectation: expectReadOnly });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'missing', severity: 'medium', by: [] });
    expect(finding?.actions).toHaveLength(35);
    expect(finding?.summary).toContain(
      '35 actions are expected on every resource, but no policy allows them.',
    );
    expect(finding?.remedies).toEqual([
      'aws iam attach-role-policy --role-name new --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
    ]);
  });

  test('an explicit deny is named', () => {
    const deny = policy('no-search', [
      { Sid: 'NoSearch', Effect: 'Deny', Action: 'rekognition:Search*', Resource: '*' },
    ]);
    const [finding] = compared({ principal: role('denied', [readOnly, deny]), expectation: expectReadOnly });
    expect(finding?.actions).toHaveLength(4);
    expect(finding?.summary).toBe(
      '4 actions are expected on every collection, but inline policy "no-search", statement 1 "NoSearch" (line 4) denies them.',
    );
    expect(finding?.remedies).toEqual([
      'Narrow the Deny in inline policy "no-search", statement 1 "NoSearch" (line 4).',
    ]);
  });

  test('an explicit Deny stands whatever a policy that could not be read allows', () => {
    const deny = policy('no-search', [{ Effect: 'Deny', Action: 'rekognition:SearchFaces', Resource: '*' }]);
    const principal = role('partly', [deny], { unreadable: ['managed policy gone'] });
    const missing = compared({ principal, expectation: expectReadOnly }).filter(
      ({ kind }) => kind === 'missing',
    );
    // What nothing at hand allows, the policy that could not be read may allow.
    expect(missing.flatMap(({ actions }) => actions.map(({ action }) => action))).toEqual([
      'rekognition:SearchFaces',
    ]);
  });

  test('a boundary and an SCP are named as the layer that blocks', () => {
    const list = policy('list', [allow('rekognition:List*')], {
      type: 'customer-managed',
      arn: `arn:aws:iam::${accountId}:policy/list`,
    });
    const [bounded] = compared({
      principal: role('b', [readOnly], { boundary: list }),
      expectation: expectReadOnly,
    });
    expect(bounded?.summary).toContain('the permissions boundary does not allow them');
    expect(bounded?.remedies[0]).toContain('in the permissions boundary list of role/b');
    const [controlled] = compared({
      principal: role('s', [readOnly]),
      expectation: expectReadOnly,
      around: { scps: [[policy('lists-only', [allow('rekognition:List*')], { type: 'scp' })]] },
    });
    expect(controlled?.summary).toContain('a service control policy of the organization does not allow them');
  });

  test('where it is allowed on less, the summary says on what', () => {
    const narrow = policy('narrow', [
      allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/shop-*'),
    ]);
    const [finding] = compared({
      principal: role('search', [narrow]),
      expectation: expecting('search', [
        policy('search', [allow('rekognition:SearchFaces')], { type: 'set' }),
      ]),
      observations: asked([
        { action: 'rekognition:SearchFaces', resource: arn('collection/shop-1'), context: baseline },
      ]),
    });
    expect(finding?.summary).toBe(
      'SearchFaces is expected on every collection, but no policy allows it there, only on collection/shop-*.',
    );
  });
});
