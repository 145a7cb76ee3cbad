import type { PolicySet, RequestContext } from '@permission-check/iam-policy';
import { decide } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { groupCalls } from '#lib/plan/group.ts';
import { planRequests } from '#lib/plan/plan.ts';
import { allow, baseline, collection, differences, identity, inputOf, planFor, policy } from './fixtures.ts';

describe('witnesses', () => {
  const nothing = identity();
  const source = { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } };
  const cases: readonly {
    name: string;
    observed: PolicySet;
    expected: PolicySet;
    /** A request that tells them apart: its action, resource and changes to the context. */
    differs: { action: string; resource: string; changes: RequestContext };
    calls: number;
  }[] = [
    {
      name: 'a resource pattern',
      observed: identity(allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/payroll-*')),
      expected: nothing,
      differs: { action: 'SearchFaces', resource: collection('payroll-permission-check'), changes: {} },
      calls: 2,
    },
    {
      name: 'an address',
      observed: identity(allow('rekognition:DetectFaces', '*', source)),
      expected: nothing,
      differs: { action: 'DetectFaces', resource: '*', changes: { 'aws:SourceIp': '198.51.100.1' } },
      calls: 3,
    },
    {
      name: 'a guard',
      observed: identity(allow('rekognition:*')),
      expected: {
        ...identity(allow('rekognition:*')),
        scps: [[allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })]],
      },
      differs: { action: 'DetectFaces', resource: '*', changes: { 'aws:MultiFactorAuthPresent': 'false' } },
      calls: 4,
    },
    {
      name: 'another Region',
      observed: identity(allow('rekognition:DeleteFaces', 'arn:aws:rekognition:eu-west-1:*:collection/*')),
      expected: nothing,
      differs: {
        action: 'DeleteFaces',
        resource: collection('permission-check-none', 'eu-west-1'),
        changes: { 'aws:RequestedRegion': 'eu-west-1' },
      },
      calls: 3,
    },
    {
      name: 'a request tag, with the tag keys that go with it',
      observed: identity(
        allow('rekognition:CreateCollection', '*', { StringEquals: { 'aws:RequestTag/team': 'shop' } }),
      ),
      expected: nothing,
      differs: {
        action: 'CreateCollection',
        resource: '*',
        changes: { 'aws:RequestTag/team': 'shop', 'aws:TagKeys': ['team'] },
      },
      calls: 4,
    },
    {
      name: 'a deny that is not observed',
      observed: identity(allow('rekognition:*')),
      expected: identity(
        policy(
          { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' },
          {
            Effect: 'Deny',
            Action: 'rekognition:DeleteCollection',
            Resource: '*:collection/payroll-*'.replace('*', 'arn:aws:rekognition:*:*'),
          },
        ),
      ),
      differs: { action: 'DeleteCollection', resource: collection('payroll-permission-check'), changes: {} },
      calls: 2,
    },
  ];

  it.each(cases)('find $name', ({ observed, expected, differs, calls }) => {
    const input = inputOf(observed, expected);
    expect(differences(input)).toContainEqual({
      action: `rekognition:${differs.action}`,
      resource: differs.resource,
      context: { ...baseline.context, ...differs.changes },
      purpose: 'witness',
      normal: Object.keys(differs.changes).length === 0,
    });
    expect(groupCalls(planRequests(input).requests)).toHaveLength(calls);
  });

  it('ask on both sides of a pattern and of a condition, though nothing differs', () => {
    const set = identity(
      allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/payroll-*', source),
    );
    const input = inputOf(set, set);
    const asked = planRequests(input).requests.filter(({ action }) => action === 'rekognition:SearchFaces');
    const answers = asked.map((request) => [
      request.resource,
      request.context['aws:SourceIp'],
      decide(input.observed, request).decision,
    ]);
    expect(answers).toEqual([
      [collection('permission-check-none'), '192.0.2.1', 'implicitDeny'],
      [collection('payroll-permission-check'), '198.51.100.1', 'allowed'],
      [collection('payroll-permission-check'), '192.0.2.1', 'implicitDeny'],
    ]);
  });

  it('prefer resources that exist', () => {
    const set = identity(allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/payroll-*'));
    const plan = planRequests({ ...inputOf(set, nothing), knownResources: [collection('payroll-2026')] });
    expect(plan.requests.map(({ resource }) => resource)).toContain(collection('payroll-2026'));
  });

  it('say what every request carries, where a policy asks for it', () => {
    const set = identity(
      policy(
        { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' },
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
        },
        { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:ViaAWSService': 'true' } } },
      ),
    );
    const contexts = planFor(set, nothing).requests.map(({ context }) => context);
    expect(new Set(contexts.map((context) => context['aws:PrincipalIsAWSService']))).toEqual(
      new Set(['false']),
    );
    expect(contexts[0]?.['aws:ViaAWSService']).toBe('false');
  });

  it.each([
    ['a resource', allow('rekognition:DeleteFaces', 'arn:aws:rekognition:${aws:PrincipalTag/home}:*:*')],
    [
      'a part of it',
      allow('rekognition:DeleteFaces', 'arn:aws:rekognition:eu-${aws:PrincipalTag/part}-1:*:*'),
    ],
    [
      'several segments',
      allow('rekognition:DeleteFaces', 'arn:aws:rekognition:${aws:PrincipalTag/place}:collection/*'),
    ],
    [
      'a default',
      allow('rekognition:DeleteFaces', "arn:aws:rekognition:${aws:PrincipalTag/none, 'eu-west-1'}:*:*"),
    ],
    [
      'an earlier segment',
      allow('rekognition:DeleteFaces', 'arn:${aws:PrincipalTag/service}:eu-west-1:*:collection/*'),
    ],
    [
      'the Region asked for',
      allow('rekognition:DeleteFaces', '*', {
        StringEquals: { 'aws:RequestedRegion': '${aws:PrincipalTag/home}' },
      }),
    ],
    [
      'a tag that must be the Region',
      allow('rekognition:DeleteFaces', '*', {
        StringEquals: { 'aws:PrincipalTag/home': '${aws:RequestedRegion}' },
      }),
    ],
  ])('find another Region that a variable names in %s', (place, observed) => {
    const facts = {
      'aws:PrincipalTag/home': 'eu-west-1',
      'aws:PrincipalTag/part': 'west',
      'aws:PrincipalTag/place': 'eu-west-1:123456789012',
      'aws:PrincipalTag/service': 'aws:rekognition',
    };
    const found = differences(inputOf(identity(observed), nothing, facts));
    expect(found.map(({ resource }) => resource)).toEqual([collection('permission-check-none', 'eu-west-1')]);
    const elsewhere = Object.fromEntries(Object.keys(facts).map((key) => [key, 'no Region']));
    const unmet = differences(inputOf(identity(observed), nothing, elsewhere));
    expect(unmet.length).toBe(place === 'a default' ? 1 : 0);
  });

  it.each([
    ['of S3', { StringEquals: { 's3:prefix': 'x' } }, 0],
    ['of KMS, in whatever letters', { StringLike: { 'KMS:ViaService': '*' } }, 0],
    ['of a call to STS', { StringEquals: { 'sts:RoleSessionName': 'ops' } }, 0],
    ['of S3 that differs', { StringNotEquals: { 's3:prefix': 'x' } }, 1],
    ['that a function adds', { StringLike: { 'lambda:SourceFunctionArn': '*' } }, 1],
  ])('have no key of another service: %s', (_, condition, found) => {
    const set = identity(allow('rekognition:DetectFaces', '*', condition));
    expect(differences(inputOf(set, nothing)).length).toBe(found);
  });

  it('find another Region whatever the case in which a policy writes it', () => {
    const set = identity(
      allow('rekognition:DetectFaces', '*', {
        StringEqualsIgnoreCase: { 'aws:RequestedRegion': 'EU-WEST-1' },
      }),
    );
    const regions = differences(inputOf(set, nothing)).map(({ context }) => context['aws:RequestedRegion']);
    expect(regions).toEqual(['eu-west-1']);
  });

  it.each([
    ['the time', { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }],
    ['the epoch time', { NumericLessThan: { 'aws:EpochTime': '1000000000' } }],
    ['the time of the credentials', { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } }],
  ])('do not go back in time: %s', (_, condition) => {
    const set = identity(allow('rekognition:DetectFaces', '*', condition));
    expect(differences(inputOf(set, nothing))).toEqual([]);
  });

  it('change both time keys together', () => {
    const set = identity(
      allow('rekognition:DetectFaces', '*', {
        DateGreaterThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' },
      }),
    );
    const context = { ...baseline.context, 'aws:EpochTime': '1795478400' };
    const input = { ...inputOf(set, nothing), baseline: { ...baseline, context } };
    expect(differences(input).map((request) => request.context)).toEqual([
      { ...context, 'aws:CurrentTime': '2030-01-01T00:00:01Z', 'aws:EpochTime': '1893456001' },
    ]);
  });

  it('say so when the search for one was cut off', () => {
    const unsolvable = identity(
      allow('rekognition:CreateCollection', `${collection('')}\${aws:RequestTag/team}`),
      policy({
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { StringLike: { 'aws:RequestTag/team': '*' } },
      }),
    );
    expect(planFor(unsolvable, nothing).gaps.map(({ action }) => action)).toContain(
      'rekognition:CreateCollection',
    );
  });

  it('never carry tags of a request that has none', () => {
    const set = identity(allow('rekognition:*', '*', { StringEquals: { 'aws:RequestTag/team': 'shop' } }));
    const tagged = planFor(set, nothing).requests.filter(
      ({ context }) => context['aws:RequestTag/team'] !== undefined,
    );
    expect(new Set(tagged.map(({ action }) => action.slice('rekognition:'.length)))).toEqual(
      new Set([
        'CopyProjectVersion',
        'CreateCollection',
        'CreateDataset',
        'CreateProject',
        'CreateProjectVersion',
        'CreateStreamProcessor',
        'TagResource',
      ]),
    );
  });
});
