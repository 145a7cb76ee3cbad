import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import type { Principal } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, policyOf, role, user } from './account.ts';
import { mayAssumeByTrying } from './brute-force.ts';

const fileAt = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const example = fileAt('../shared/data/example-account-authorization-details.json');

async function everybodyIn(file: string): Promise<Principal[]> {
  const all: Principal[] = [];
  for await (const one of (await accountFromFile(file)).principals()) all.push(one);
  return all;
}

function reachIn(all: readonly Principal[]): Reach {
  const callers = new Callers();
  for (const one of all) callers.see(one);
  return new Reach(new Admissions(), callers);
}

/** Pairs in which the search and the trial of single requests say different things; and how many there are. */
function compare(all: readonly Principal[]) {
  const reach = reachIn(all);
  const roles = all.filter(({ kind, trust }) => kind === 'role' && trust !== undefined);
  const disagreements: string[] = [];
  let admitted = 0;
  for (const one of roles) {
    const listed = new Set(reach.ownCallersOf(one).map(({ arn }) => arn));
    for (const caller of all) {
      const tried = mayAssumeByTrying(caller, one);
      if (tried) admitted += 1;
      const found = reach.mayAssume(caller, one);
      if (found !== tried || listed.has(caller.arn) !== tried)
        disagreements.push(`${caller.arn} → ${one.arn}: tried ${tried}, found ${found}`);
    }
  }
  return { disagreements, admitted, pairs: roles.length * all.length };
}

describe('who may assume whom, against the evaluation of single requests', () => {
  test('in the sample account', async () => {
    const all = await everybodyIn(fileAt('cli/samples/account.json'));
    const { disagreements, admitted, pairs } = compare(all);
    expect(disagreements).toEqual([]);
    expect(admitted).toBeGreaterThan(0);
    expect(pairs).toBe(266);
  });

  test.skipIf(!existsSync(example))('in an account of 122 principals', async () => {
    const all = await everybodyIn(example);
    const { disagreements, admitted, pairs } = compare(all);
    expect(disagreements).toEqual([]);
    expect(admitted).toBeGreaterThan(10);
    expect(pairs).toBe(9_516);
  });

  const arn = (name: string) => `arn:aws:iam::${accountId}:${name}`;
  const session = (name: string) => `arn:aws:sts::${accountId}:assumed-role/${name}/dev`;
  const asker = fc.constantFrom<object | string>(
    { AWS: '*' },
    { AWS: accountId },
    { AWS: arn('root') },
    { AWS: '444455556666' },
    { AWS: arn('user/ana') },
    { AWS: arn('role/b') },
    { AWS: [arn('role/c'), arn('user/bo')] },
    { AWS: session('b') },
    { AWS: [session('c'), session('b')] },
    { AWS: 'AROAABCDEFGHIJKLMNOPQ' },
    { Service: 'lambda.amazonaws.com' },
  );
  const condition = fc.constantFrom<object | undefined>(
    undefined,
    undefined,
    { StringEquals: { 'sts:ExternalId': 'x7' } },
    { StringNotEquals: { 'sts:ExternalId': 'x7' } },
    { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    { ArnLike: { 'aws:PrincipalArn': arn('role/*') } },
    { ArnNotEquals: { 'aws:PrincipalArn': arn('user/ana') } },
    { StringEquals: { 'aws:PrincipalType': 'User' } },
    { StringLike: { 'sts:RoleSessionName': 'ci-*' } },
    { StringEquals: { 'aws:username': 'bo' } },
    { Null: { 'aws:username': 'true' } },
    { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
  );
  const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
  const trust = fc.array(
    fc.record({
      Effect: effect,
      Principal: asker,
      Action: fc.constantFrom<string | string[]>(
        'sts:AssumeRole',
        ['sts:AssumeRole', 'sts:TagSession'],
        'sts:*',
        'STS:assumerole',
      ),
      c: condition,
    }),
    { minLength: 1, maxLength: 3 },
  );
  const may = fc.array(
    fc.record({
      Effect: effect,
      Action: fc.constantFrom('sts:AssumeRole', 'sts:*', '*', 's3:*', 'iam:*'),
      Resource: fc.constantFrom('*', arn('role/a'), arn('role/*'), arn('role/b*')),
      c: condition,
    }),
    { maxLength: 2 },
  );
  const statements = (all: readonly { c?: object | undefined }[]) =>
    all.map(({ c, ...rest }) => ({ ...rest, ...(c && { Condition: c }) }));
  const given = fc.record({
    trust,
    may,
    boundary: fc.option(may, { nil: undefined, freq: 2 }),
    tags: fc.constantFrom({}, { team: 'vision' }),
  });
  const principals = fc.tuple(given, given, given, given, given).map(([a, b, c, ana, bo]) => {
    const more = ({ boundary, tags }: typeof a): Partial<Principal> => ({
      tags,
      ...(boundary && {
        boundary: {
          ...policyOf('boundary', statements(boundary)),
          type: 'customer-managed',
          arn: arn('policy/b'),
        },
      }),
    });
    return [
      role('a', statements(a.trust), statements(a.may), more(a)),
      role('b', statements(b.trust), statements(b.may), more(b)),
      role('c', statements(c.trust), statements(c.may), more(c)),
      user('ana', statements(ana.may), more(ana)),
      user('bo', statements(bo.may), more(bo)),
    ];
  });

  /** Roles and users of another account that their own account lets do anything: named as a policy may, tagged or not. */
  const anybodyOf = (account: string) =>
    [{}, { team: 'vision' }].flatMap((tags) => [
      role(
        'outsider',
        { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:*' },
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { arn: `arn:aws:iam::${account}:role/outsider`, tags },
      ),
      ...['bo', 'cy'].map((name) =>
        user(
          name,
          { Effect: 'Allow', Action: '*', Resource: '*' },
          { arn: `arn:aws:iam::${account}:user/${name}`, tags },
        ),
      ),
    ]);
  /** That only users have a user name is not known to the search where the caller is of elsewhere: it may say too much then. */
  const mayBeTooMuch = (text: string) => text.includes('aws:username') && text.includes('aws:PrincipalType');
  const strangers = anybodyOf('999999999999');
  const named = anybodyOf('444455556666');

  function holdAgainstTrial(one: Principal, reach: Reach): void {
    const text = one.trust?.text ?? '';
    const ways = reach.waysInto(one).map(({ kind, who }) => `${kind} ${who}`.trim());
    const admits = strangers.some((other) => mayAssumeByTrying(other, one));
    const isExact = !mayBeTooMuch(text);
    if (isExact || admits) expect(ways.includes('anyone'), text).toBe(admits);
    const isNamed = ways.includes('account 444455556666');
    const mayCome = named.some((other) => mayAssumeByTrying(other, one));
    if (isNamed && isExact) expect(mayCome, text).toBe(true);
    if (mayCome) expect(isNamed || ways.includes('anyone'), text).toBe(true);
  }

  test('of other accounts, in random accounts', () => {
    fc.assert(
      fc.property(principals, (all) => {
        const reach = reachIn(all);
        // sts:* lets identities in as well that AssumeRole is not for.
        const roles = all.filter(({ trust }) => trust !== undefined && !trust.text.includes('sts:*'));
        for (const one of roles) holdAgainstTrial(one, reach);
      }),
      { numRuns: Number(process.env.RUNS ?? 100) },
    );
  }, 240_000);

  test('in random accounts', () => {
    fc.assert(
      fc.property(principals, (all) => {
        expect(compare(all).disagreements).toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 100) },
    );
  }, 240_000);
});
