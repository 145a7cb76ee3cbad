import { describe, expect, it } from 'vitest';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { isOutOfReach, planRequests } from '#lib/plan/plan.ts';
import type { Plan, PlanInput } from '#lib/plan/types.ts';
import { decide, PolicyCompiler } from '#lib/policy/index.ts';
import type { PolicySet, PolicySource, RequestContext } from '#lib/policy/types.ts';

const compiler = new PolicyCompiler(actionTable);
const baseline = {
  region: 'us-east-1',
  context: {
    'aws:MultiFactorAuthPresent': 'true',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-11-24T00:00:00Z',
    'aws:SourceIp': '192.0.2.1',
    'aws:RequestedRegion': 'us-east-1',
  },
};

type Statement = Readonly<Record<string, unknown>>;

function policy(...statements: Statement[]): PolicySource {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name: 'test', type: 'inline', text };
}

function managed(name: string): PolicySource {
  const [text = ''] = permissionSet(name).documents;
  return { name, type: 'aws-managed', text };
}

const identity = (...policies: PolicySource[]): PolicySet => ({ identity: policies });
const allow = (action: string | string[], resource: string | string[] = '*', condition?: unknown) =>
  policy({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
    ...(condition ? { Condition: condition } : {}),
  });

function inputOf(observed: PolicySet, expected: PolicySet, facts: RequestContext = {}): PlanInput {
  return {
    observed: compiler.compileSet(observed),
    expected: compiler.compileSet(expected),
    facts: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/analyst', ...facts },
    baseline,
    accountId: '123456789012',
    partition: 'aws',
    actions,
  };
}

const planFor = (...sets: Parameters<typeof inputOf>): Plan => planRequests(inputOf(...sets));

/** Requests that the two sets decide differently. */
function differences(input: PlanInput) {
  return planRequests(input).requests.filter(
    (request) => decide(input.observed, request).decision !== decide(input.expected, request).decision,
  );
}

const collection = (name: string, region = 'us-east-1') =>
  `arn:aws:rekognition:${region}:123456789012:collection/${name}`;

describe('the baseline', () => {
  const readOnly = managed('AmazonRekognitionReadOnlyAccess');
  const plan = planFor(identity(readOnly), identity(readOnly));

  it('asks every action, and needs two calls', () => {
    expect(new Set(plan.requests.map(({ action }) => action))).toEqual(new Set(actionTable));
    expect(plan.requests.every(({ purpose }) => purpose === 'baseline')).toBe(true);
    expect(groupCalls(plan.requests)).toHaveLength(2);
    expect(plan.gaps).toEqual([]);
  });

  it.each([
    ['DetectFaces', ['*']],
    ['DeleteCollection', ['collection/permission-check-none']],
    ['CreateCollection', ['*', 'collection/permission-check-none']],
    ['CreateProject', ['*', 'project/permission-check-none/1700000000000']],
    [
      'CopyProjectVersion',
      [
        'project/permission-check-none/1700000000000',
        'project/permission-check-none/version/permission-check-none/1700000000000',
      ],
    ],
    [
      'DetectModerationLabels',
      ['*', 'project/permission-check-none/version/permission-check-none/1700000000000'],
    ],
    [
      'TagResource',
      [
        'collection/permission-check-none',
        'project/permission-check-none/dataset/train/1700000000000',
        'project/permission-check-none/1700000000000',
        'project/permission-check-none/version/permission-check-none/1700000000000',
        'streamprocessor/permission-check-none',
      ],
    ],
  ])('asks %s on %j', (name, paths) => {
    const asked = plan.requests.filter(({ action }) => action === `rekognition:${name}`);
    expect(asked.map(({ resource }) => resource.split(':').at(-1))).toEqual(paths);
  });

  it('takes a name that no policy means', () => {
    const set = identity(allow('rekognition:*', collection('permission-check-*')));
    const [first] = planFor(set, set).requests.filter(({ action }) => action === 'rekognition:DeleteFaces');
    expect(first?.resource).toBe(collection('rpc-none-0'));
  });

  it('sends the facts that a policy reads, and no others', () => {
    const own = identity(allow('rekognition:*', '*', { StringEquals: { 'aws:principaltag/team': 'shop' } }));
    const facts = { 'aws:PrincipalTag/team': 'shop', 'aws:PrincipalTag/unit': 'x', 'aws:username': 'alice' };
    expect(planFor(own, own, facts).requests[0]?.context).toEqual({
      ...baseline.context,
      'aws:PrincipalTag/team': 'shop',
    });
  });

  it('is the same plan for principals that differ in nothing that matters', () => {
    const sets = [identity(readOnly), identity(readOnly)] as const;
    const first = inputOf(...sets, { 'aws:PrincipalTag/team': 'shop' });
    expect(planRequests({ ...first, facts: { 'aws:PrincipalTag/team': 'x' } })).toBe(planRequests(first));
  });
});

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

  it('find another Region whatever the case in which a policy writes it', () => {
    const set = identity(
      allow('rekognition:DetectFaces', '*', {
        StringEqualsIgnoreCase: { 'aws:RequestedRegion': 'EU-WEST-1' },
      }),
    );
    const regions = differences(inputOf(set, nothing)).map(({ context }) => context['aws:RequestedRegion']);
    expect(regions).toEqual(['eu-west-1']);
  });

  it('change both time keys together', () => {
    const set = identity(
      allow('rekognition:DetectFaces', '*', { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }),
    );
    const context = { ...baseline.context, 'aws:EpochTime': '1795478400' };
    const input = { ...inputOf(set, nothing), baseline: { ...baseline, context } };
    expect(differences(input).map((request) => request.context)).toEqual([
      { ...context, 'aws:CurrentTime': '2025-12-31T23:59:59Z', 'aws:EpochTime': '1767225599' },
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

describe('isOutOfReach', () => {
  it.each([
    [identity(managed('AmazonRekognitionReadOnlyAccess')), identity(), false],
    [identity(allow('s3:*')), identity(), true],
    [identity(allow('s3:*')), identity(allow('rekognition:DetectFaces')), false],
    [identity(policy({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' })), identity(), false],
    [{ ...identity(allow('*')), scps: [[allow('s3:*')]] }, identity(), true],
    [
      identity(allow('*'), policy({ Effect: 'Deny', Action: 'rekognition:*', Resource: '*' })),
      identity(),
      true,
    ],
  ])('is certain (%#)', (observed, expected, out) => {
    expect(isOutOfReach(inputOf(observed, expected))).toBe(out);
  });
});
