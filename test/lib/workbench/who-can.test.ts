import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { decide, PolicyCompiler, type Request } from '@permission-check/iam-policy';
import { expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { whoCan } from '#lib/workbench/who-can.ts';
import { accountId, accountOf, role, user } from '#test/lib/reach/account.ts';

const { baseline } = builtInExpectations();
const example = fileURLToPath(
  new URL('../../../../shared/data/example-account-authorization-details.json', import.meta.url),
);
const names = { '*': '*', collection: 'collection/payroll', project: 'project/shop/1700000000000' } as const;
const more = {
  ...names,
  projectversion: 'project/shop/version/v1/1700000000000',
  dataset: 'project/shop/dataset/train/1700000000000',
  streamprocessor: 'streamprocessor/door',
} as const;
const contexts = [
  {},
  { 'aws:MultiFactorAuthPresent': 'false' },
  { 'aws:SecureTransport': 'false', 'aws:SourceIp': '203.0.113.9' },
  { 'aws:RequestedRegion': 'eu-west-1', 'aws:CurrentTime': '2031-01-01T00:00:00Z' },
];

/** Requests that a principal may make for an action: each kind of resource, in contexts that policies like to ask about. */
function* requestsOf(principal: Principal, action: (typeof actions)[number]): Generator<Request> {
  const account = principal.arn.split(':')[4];
  for (const target of targetsOf(action)) {
    for (const context of contexts) {
      const region = context['aws:RequestedRegion'] ?? 'us-east-1';
      const resource = target === '*' ? '*' : `arn:aws:rekognition:${region}:${account}:${more[target]}`;
      const whole = { ...baseline.context, ...context, ...principalContext(principal) };
      yield { action: action.action, resource, context: whole };
    }
  }
}

test.skipIf(!existsSync(example))(
  'says of everybody in the example account what brute force and another engine say',
  async () => {
    const account = await accountFromFile(example);
    const { principals } = await whoCan(account, { actions, baseline });
    const answers = new Map(principals.map((one) => [one.arn, one]));
    const asked = new Set<string>();
    let requests = 0;
    let oracle = 0;
    for await (const principal of account.principals()) {
      const accesses = answers.get(principal.arn)?.actions ?? [];
      for (const access of accesses) requests += holdAgainstBruteForce(principal, access);
      // The other engine is slow: the first of those alike, one action in nine.
      for (const access of accesses) {
        const key = `${JSON.stringify(observedPolicies(principal))} ${access.action}`;
        if (asked.has(key) || actions.indexOf(actionOf(access)) % 9 !== 0) continue;
        asked.add(key);
        oracle += 1;
        await holdAgainstOracle(principal, access);
      }
    }
    expect(principals).toHaveLength(122);
    expect(requests).toBeGreaterThan(30_000);
    expect(oracle).toBeGreaterThan(300);
  },
  120_000,
);

type Access = Awaited<ReturnType<typeof whoCan>>['principals'][number]['actions'][number];

function actionOf({ action }: Access) {
  const found = actions.find((one) => one.action === action);
  if (found === undefined) throw new Error(action);
  return found;
}

const aboutAccess = (principal: Principal, { action, access }: Access) =>
  `${principal.arn} ${action}: ${access}`;

/** Every request of a product is decided as the answer says; how many they are. */
function holdAgainstBruteForce(principal: Principal, access: Access): number {
  const set = new PolicyCompiler(actionTable).compileSet(observedPolicies(principal));
  const about = aboutAccess(principal, access);
  if (access.example !== undefined) expect(decide(set, access.example).decision, about).toBe('allowed');
  expect(access.example === undefined, about).toBe(access.access === 'none');
  const decisions = [...requestsOf(principal, actionOf(access))].map((one) => decide(set, one).decision);
  if (access.access === 'none') expect(decisions, about).not.toContain('allowed');
  if (access.access === 'full') expect(new Set(decisions), about).toEqual(new Set(['allowed']));
  return decisions.length;
}

async function holdAgainstOracle(principal: Principal, access: Access): Promise<void> {
  const action = actionOf(access);
  const [request] = requestsOf(principal, action);
  const tried = access.example ?? request;
  if (tried === undefined || (tried.resource === '*' && action.resourceTypes.length > 0)) return;
  expect(await simulated(principal, tried), aboutAccess(principal, access)).toBe(access.access !== 'none');
}

/** Whether @cloud-copilot/iam-simulate allows a request by the policies of a principal. */
async function simulated(principal: Principal, { action, resource, context }: Request): Promise<boolean> {
  const named = (policies: Principal['policies']) =>
    policies.map(({ text }, index) => ({ name: `policy-${index}`, policy: JSON.parse(text) }));
  const answer = await runSimulation(
    {
      request: {
        principal: principal.arn,
        action,
        resource: { resource, accountId: principal.arn.split(':')[4] ?? '' },
        contextVariables: Object.fromEntries(
          Object.entries(context).map(([key, value]) => [
            key,
            typeof value === 'string' ? value : [...value],
          ]),
        ),
      },
      identityPolicies: named(principal.policies),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(principal.boundary && { permissionBoundaryPolicies: named([principal.boundary]) }),
    },
    {},
  );
  if (answer.resultType !== 'single') throw new Error(JSON.stringify(answer));
  return answer.overallResult === 'Allowed';
}

const allow = (action: string | string[], resource = '*', condition?: object) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition && { Condition: condition }),
});
const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const named = (...wanted: string[]) => actions.filter(({ name }) => wanted.includes(name));

async function access(one: Principal, options: Partial<Parameters<typeof whoCan>[1]> = {}) {
  const all = await whoCan(accountOf(one), { actions: named('DeleteFaces'), baseline, ...options });
  return all.principals[0];
}

test('tells full access from conditional, by any number of statements', async () => {
  const both = [
    allow('rekognition:DeleteFaces', collection('a*')),
    { ...allow('rekognition:*'), Resource: undefined, NotResource: collection('a*') },
  ];
  expect(await access(user('both', both))).toMatchObject({ access: 'full' });
  expect(await access(user('one', allow('rekognition:DeleteFaces', collection('a*'))))).toMatchObject({
    access: 'conditional',
    actions: [{ where: ['collection/a*'], by: [{ statement: { index: 1 } }] }],
  });
});

test('takes what a Deny, a boundary or an SCP leaves nothing of for none', async () => {
  const all = allow('rekognition:*');
  const deny = { Effect: 'Deny', Action: 'rekognition:DeleteFaces', Resource: '*' };
  expect(await access(user('denied', [all, deny]))).toMatchObject({ access: 'none' });
  const boundary = {
    name: 'b',
    type: 'customer-managed' as const,
    text: JSON.stringify({ Version: '2012-10-17', Statement: allow('s3:*') }),
  };
  expect(await access(user('bounded', all, { boundary }))).toMatchObject({ access: 'none' });
  const scp = {
    name: 'scp',
    type: 'scp' as const,
    text: JSON.stringify({ Version: '2012-10-17', Statement: [allow('*'), deny] }),
  };
  expect(await access(user('scp', all), { guardrails: { scps: [[scp]] } })).toMatchObject({ access: 'none' });
});

test('asks about one resource, and in one context', async () => {
  const condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
  const one = user('one', allow('rekognition:DeleteFaces', collection('a'), condition));
  expect(await access(one)).toMatchObject({ access: 'conditional' });
  expect(await access(one, { resource: 'collection/b' })).toMatchObject({ access: 'none' });
  const context = { 'aws:MultiFactorAuthPresent': 'true' };
  expect(await access(one, { resource: 'collection/a', context })).toMatchObject({ access: 'full' });
  expect(await access(one, { context: { 'aws:MultiFactorAuthPresent': undefined } })).toMatchObject({
    access: 'none',
  });
});

test('does not take what cannot be read for none', async () => {
  const malformed = { name: 'm', type: 'inline' as const, text: '{' };
  expect(await access(user('m', [], { policies: [malformed] }))).toMatchObject({ access: 'unknown' });
  expect(await access(user('u', [], { unreadable: ['policy p'] }))).toMatchObject({
    access: 'unknown',
    actions: [{ doubt: 'could not be read: policy p' }],
  });
});

test('lets a session of one role pass a tag that no role has, where the trust policy of the other takes tags', async () => {
  const condition = { StringEquals: { 'aws:PrincipalTag/team': 'vision' } };
  const lets = (name: string, Action: string | string[]) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:${name}` },
    Action,
  });
  const chain = (entry: string | string[]) => [
    user('dev'),
    role('a', lets('user/dev', 'sts:AssumeRole')),
    role('faces', lets('role/a', entry), allow('rekognition:DeleteFaces', '*', condition)),
  ];
  const options = { actions: named('DeleteFaces'), baseline };
  const facesIn = async (...all: Principal[]) =>
    (await whoCan(accountOf(...all), options)).principals.find(({ subject }) => subject === 'role/faces');
  expect(await facesIn(...chain(['sts:AssumeRole', 'sts:TagSession']))).toMatchObject({
    access: 'conditional',
    reachedBy: 'role/a',
  });
  expect(await facesIn(...chain('sts:AssumeRole'))).toMatchObject({ access: 'none' });
});

test('says who can become a role', async () => {
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:role/ci` },
    Action: 'sts:AssumeRole',
  };
  const admin = role('admin', trust, allow('rekognition:*'));
  const ci = role('ci', [], allow('sts:AssumeRole'));
  const { principals } = await whoCan(accountOf(admin, ci), { actions: named('DeleteFaces'), baseline });
  expect(principals[0]).toMatchObject({ subject: 'role/admin', reachedBy: 'role/ci' });
  expect(principals[1]).not.toHaveProperty('reachedBy');
});

test('knows of which actions alone a statement that cannot be read may be', async () => {
  const unreadable = { Effect: 'Permit', Action: 'rekognition:DetectFaces', Resource: '*' };
  const { principals } = await whoCan(accountOf(user('u', unreadable)), {
    actions: named('DetectFaces', 'DetectText'),
    baseline,
  });
  expect(principals[0]?.actions.map(({ access: one }) => one)).toEqual(['unknown', 'none']);
});
