import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { readTemplate } from '#lib/iac/template.ts';
import { outlooks, type Reading, worldsOf } from '#lib/iac/worlds.ts';
import { numberOfCases } from '../../support/run-size.ts';

const place = { file: 'template.yaml', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
const names = ['W', 'X', 'Y', 'Z'];
const section = {
  Parameters: Object.fromEntries(
    names.map((name) => [name, { Type: 'String', AllowedValues: ['no', 'yes'], Default: 'no' }]),
  ),
  Conditions: Object.fromEntries(
    names.map((name) => [`Is${name}`, { 'Fn::Equals': [{ Ref: name }, 'yes'] }]),
  ),
};

const condition = fc.constantFrom(...names.map((name) => `Is${name}`));
/** Something, or something else where a condition does not hold. */
const chosen = <Item>(item: fc.Arbitrary<Item>) =>
  fc.oneof(
    item,
    fc.tuple(condition, item, item).map(([name, one, other]) => ({ 'Fn::If': [name, one, other] })),
    fc.tuple(condition, item).map(([name, one]) => ({ 'Fn::If': [name, one, { Ref: 'AWS::NoValue' }] })),
  );
const document = fc
  .array(
    chosen(
      fc.record({
        Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
        Action: fc.constantFrom('rekognition:ListFaces', 'rekognition:*', 'rekognition:DeleteFaces'),
        Resource: fc.constantFrom('*', { Ref: 'W' }, { 'Fn::Sub': 'arn:aws:x:::$' + '{Y}' }),
      }),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((Statement) => ({ Version: '2012-10-17', Statement }));
const some = <Item>(item: fc.Arbitrary<Item>) => fc.array(chosen(item), { maxLength: 2 });
const made = <Properties>(Type: string, properties: fc.Arbitrary<Properties>) =>
  fc
    .tuple(properties, fc.option(condition, { nil: undefined, freq: 3 }))
    .map(([Properties, Condition]) => ({ Type, Properties, ...(Condition && { Condition }) }));

const policyArn = fc.constantFrom(
  { Ref: 'M' },
  { Ref: 'N' },
  'arn:aws:iam::123456789012:policy/named',
  'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
);
const Policies = some(document.map((PolicyDocument) => ({ PolicyName: 'p', PolicyDocument })));
const resources = fc.record(
  {
    R: made(
      'AWS::IAM::Role',
      fc.record({ RoleName: chosen(fc.constant('r')), Policies, ManagedPolicyArns: some(policyArn) }),
    ),
    S: made('AWS::IAM::Role', fc.record({ Policies, PermissionsBoundary: chosen(policyArn) })),
    U: made(
      'AWS::IAM::User',
      fc.record({
        UserName: fc.constant('u'),
        Groups: some(fc.constantFrom({ Ref: 'G' }, 'staff')),
        Policies,
      }),
    ),
    G: made('AWS::IAM::Group', fc.record({ Policies, ManagedPolicyArns: some(policyArn) })),
    H: made('AWS::IAM::Group', fc.record({ GroupName: fc.constant('staff'), Policies })),
    M: made('AWS::IAM::ManagedPolicy', fc.record({ PolicyDocument: document })),
    N: made(
      'AWS::IAM::ManagedPolicy',
      fc.record({
        ManagedPolicyName: fc.constant('named'),
        PolicyDocument: document,
        Users: some(fc.constantFrom({ Ref: 'U' }, 'somebody')),
      }),
    ),
    P: made(
      'AWS::IAM::Policy',
      fc.record({
        PolicyName: chosen(fc.constant('p')),
        PolicyDocument: document,
        Roles: some(fc.constantFrom('r', { Ref: 'S' }, 'existing')),
        Users: some(fc.constantFrom('u', 'somebody')),
        Groups: some(fc.constantFrom({ Ref: 'G' }, 'staff')),
      }),
    ),
    L: made('AWS::Logs::LogGroup', fc.constant({})),
  },
  { requiredKeys: ['R'] },
);

const somebody: Principal = {
  kind: 'user',
  name: 'somebody',
  arn: 'arn:aws:iam::123456789012:user/somebody',
  path: '/',
  id: 'AIDAEXAMPLE',
  tags: {},
  groups: ['staff'],
  policies: [
    { name: 'named', type: 'customer-managed', arn: 'arn:aws:iam::123456789012:policy/named', text: '{}' },
    { name: 'team', type: 'inline', group: 'staff', text: '{}' },
  ],
  unreadable: [],
  serviceLinked: false,
};
const account: Account = {
  accountId: '123456789012',
  partition: 'aws',
  async *principals() {
    yield somebody;
  },
};

/** Everybody in every way that they may turn out. */
async function everybody(readings: readonly Reading[], base?: Account): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for await (const { after } of outlooks(worldsOf(readings), base)) {
    const principals = after.flatMap((one) => (one === undefined ? [] : [one.principal]));
    const versions = [...new Set(after.map((one) => JSON.stringify(one?.principal ?? null)))].sort();
    found[principals[0]?.arn ?? ''] = versions;
  }
  return found;
}

const combinations = names.reduce<Record<string, string>[]>(
  (all, name) => all.flatMap((one) => ['no', 'yes'].map((value) => ({ ...one, [name]: value }))),
  [{}],
);

test('each principal is seen in every way in which it can be deployed, as by trying every combination', async () => {
  await fc.assert(
    fc.asyncProperty(resources, fc.boolean(), async (Resources, hasBase) => {
      const text = JSON.stringify({ ...section, Resources });
      const base = hasBase ? account : undefined;
      const every = combinations.flatMap((parameters) => readTemplate(text, { ...place, parameters }));
      const readings = readTemplate(text, place);
      expect(readings.length).toBeLessThanOrEqual(every.length);
      expect(readings[0]?.usual).toBe(true);
      expect(await everybody(readings, base)).toEqual(await everybody(every, base));
    }),
    { numRuns: numberOfCases(60) },
  );
}, 240_000);
