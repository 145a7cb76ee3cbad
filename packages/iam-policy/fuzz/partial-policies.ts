import fc from 'fast-check';
import type { PolicySet, PolicySource } from '../src/types.ts';
import { condition, some } from './partial-conditions.ts';

/** Actions that random policies name, one for each shape of resource. */
export const fuzzedActions = [
  'rekognition:DetectFaces',
  'rekognition:DeleteCollection',
  'rekognition:SearchFaces',
  'rekognition:StartProjectVersion',
  'rekognition:TagResource',
] as const;

const actionPattern = fc.constantFrom(
  '*',
  'rekognition:*',
  'rekognition:Delete*',
  'rekognition:S*',
  'rekognition:*Resource',
  ...fuzzedActions,
);

const regionPart = fc.constantFrom('*', '*', 'us-east-1', 'us-*', 'eu-west-1');
const name = fc.constantFrom(
  '*',
  'payroll-*',
  'pay*',
  '*-prod',
  'payroll-prod',
  'p?yroll-*',
  '${aws:username}-*',
  '${aws:PrincipalTag/team}*',
  "${aws:PrincipalTag/unit, 'none'}",
  '${aws:RequestTag/team}',
  '${*}',
  'a*b*c',
  '*a*',
);
const path = fc.oneof(
  { weight: 5, arbitrary: name.map((text) => `collection/${text}`) },
  { weight: 2, arbitrary: name.map((text) => `project/${text}/version/*`) },
  { weight: 1, arbitrary: name.map((text) => `project/${text}`) },
  { weight: 1, arbitrary: fc.constant('*') },
);
const resourcePattern = fc.oneof(
  { weight: 2, arbitrary: fc.constant('*') },
  {
    weight: 5,
    arbitrary: fc.tuple(regionPart, path).map(([region, rest]) => `arn:aws:rekognition:${region}:*:${rest}`),
  },
  { weight: 1, arbitrary: fc.constant('arn:aws:s3:::bucket/*') },
);

const effect = (allow: number) =>
  fc.oneof({ weight: allow, arbitrary: fc.constant('Allow') }, { weight: 1, arbitrary: fc.constant('Deny') });

const principal = fc.constantFrom<unknown>(
  '*',
  { AWS: 'arn:aws:iam::123456789012:user/team/alice' },
  { AWS: '123456789012' },
  { AWS: ['arn:aws:iam::123456789012:role/other', '999999999999'] },
);

const statement = (allow: number, bound: boolean) =>
  fc
    .record({
      effect: effect(allow),
      actions: some(actionPattern),
      notAction: fc.integer({ min: 0, max: 9 }),
      resources: some(resourcePattern),
      notResource: fc.integer({ min: 0, max: 9 }),
      conditions: fc.array(condition, { maxLength: 2 }),
      principal,
    })
    .map((it) => {
      const Condition: Record<string, Record<string, readonly string[]>> = {};
      for (const [operator, key, values] of it.conditions)
        Condition[operator] = { ...Condition[operator], [key]: values };
      return {
        Effect: it.effect,
        ...(bound && { Principal: it.principal }),
        [it.notAction === 0 ? 'NotAction' : 'Action']: it.actions,
        [it.notResource === 0 ? 'NotResource' : 'Resource']: it.resources,
        ...(it.conditions.length > 0 && { Condition }),
      };
    });

const policy = (type: PolicySource['type'], allow = 3): fc.Arbitrary<PolicySource> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.array(statement(allow, type === 'resource' || type === 'rcp'), { minLength: 1, maxLength: 4 }),
    )
    .map(([old, statements]) => ({
      name: `random-${type}`,
      type,
      text: JSON.stringify({ ...(old > 0 && { Version: '2012-10-17' }), Statement: statements }),
    }));

const allowAll: PolicySource = {
  name: 'allow-all',
  type: 'scp',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

/** Random policy sets; boundary, SCPs and session policies are often absent, as in life. */
export const policySet: fc.Arbitrary<PolicySet> = fc
  .record({
    identity: fc.array(policy('inline'), { minLength: 1, maxLength: 2 }),
    boundary: maybe(policy('customer-managed', 6)),
    scp: maybe(policy('scp', 2)),
    session: fc.option(policy('session', 6), { nil: undefined, freq: 2 }),
    resource: fc.option(policy('resource', 2), { nil: undefined, freq: 2 }),
    rcp: fc.option(policy('rcp', 1), { nil: undefined, freq: 2 }),
    bare: fc.boolean(),
  })
  .map(({ identity, boundary, scp, session, resource, rcp, bare }) => ({
    identity: identity.map((one, i) => ({ ...one, name: `${one.name}-${i}` })),
    ...(boundary && !bare && { boundary }),
    ...(scp && { scps: [[allowAll], bare ? [scp] : [allowAll, scp]] }),
    ...(session && !bare && { session: [session] }),
    ...(resource && !bare && { resource }),
    ...(rcp && !bare && { rcps: [[rcp]] }),
  }));
