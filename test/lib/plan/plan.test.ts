import { describe, expect, it } from 'vitest';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { isOutOfReach, Planner, planRequests } from '#lib/plan/plan.ts';
import { allow, baseline, collection, identity, inputOf, managed, planFor, policy } from './fixtures.ts';

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
    const planner = new Planner(first);
    const plan = planner.planFor(first);
    expect(planner.planFor({ ...first, facts: { 'aws:PrincipalTag/team': 'x' } })).toBe(plan);
  });

  it('is made once for principals whom no condition tells apart, and says of each who it is', () => {
    const spared = policy(
      { Effect: 'Allow', Action: 'rekognition:*', Resource: collection('faces-*') },
      {
        Effect: 'Deny',
        Action: 'rekognition:DeleteFaces',
        Resource: '*',
        Condition: {
          StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' },
          ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/break-glass' },
        },
      },
    );
    const sets = [identity(spared), identity(readOnly)] as const;
    const [first, second, exempt] = ['a', 'b', 'break-glass'].map((name) =>
      inputOf(...sets, { 'aws:PrincipalArn': `arn:aws:iam::123456789012:role/${name}` }),
    );
    if (first === undefined || second === undefined || exempt === undefined) throw new Error('three');
    const planner = new Planner(first);
    const plans = [first, second, exempt].map((one) => planner.planFor(one));
    expect(plans).toEqual([first, second, exempt].map((one) => planRequests(one)));
    expect(plans[1]?.gaps).toBe(plans[0]?.gaps);
    expect(plans[2]?.gaps).not.toBe(plans[0]?.gaps);
  });

  it('is kept as long as the sets of an account are that differ, and no longer', () => {
    const one = actions.filter(({ name }) => name === 'DetectFaces');
    const inputFor = (name: string) => {
      const set = identity(allow('rekognition:DetectFaces', collection(name)));
      return { ...inputOf(set, set), actions: one };
    };
    const first = inputFor('first');
    const planner = new Planner(first);
    const plan = planner.planFor(first);
    const others = (count: number, name: string) => {
      for (let index = 0; index < count; index += 1) planner.planFor(inputFor(`${name}-${index}`));
    };
    others(999, 'a');
    expect(planner.planFor(first)).toBe(plan);
    others(2_100, 'b');
    const again = planner.planFor(first);
    expect(again).not.toBe(plan);
    expect(again).toEqual(plan);
  });

  it('is kept for each account, in whatever order the principals of several come', () => {
    const sets = inputOf(identity(readOnly), identity(readOnly));
    const planner = new Planner(sets);
    const plans = ['111111111111', '222222222222', '111111111111', '222222222222'].map((accountId) =>
      planner.planFor({ ...sets, accountId }),
    );
    expect(new Set(plans).size).toBe(2);
    expect(plans[2]).toBe(plans[0]);
    expect(plans[3]).toBe(plans[1]);
    expect(plans[0]?.requests.some(({ resource }) => resource.includes(':111111111111:'))).toBe(true);
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
