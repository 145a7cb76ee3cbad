import { expect, test } from 'vitest';
import { accountOf, expecting, kindsOf, principal, reportOn } from './planned.ts';
import { allow, plan, policy, references, resource, role } from './terraform-plans.ts';

const labels = policy(allow('rekognition:DetectLabels'));
const everything = policy(allow('rekognition:*'));

/** What is found of a role that is made with an inline policy. */
async function report(rules: string, after: object, unknown: object, document = labels, expressions = {}) {
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), arn: undefined, ...after },
    after_unknown: { arn: true, ...unknown },
  });
  const own = resource('aws_iam_role_policy.p', { after: { name: 'p', policy: document, role: 'a' } });
  return reportOn(plan([made, own], expressions), { expectations: expecting(rules) });
}

const openTag = { tags_all: { team: true } };
const open = ['inconclusive medium'];
const excess = ['excess medium'];

/** A rule that expects what the policy gives, or nothing. */
const rule = (match: string, expected: string) =>
  `principals:\n  - match: ${match}\n    expect: ${expected}\n`;
const byTag = '{ tag: { team: vision } }';
const some = '[readonly-example]';

test.each([
  ['a rule by it expects the access', rule(byTag, 'any'), open],
  ['a rule by it expects none, others some', `${rule(byTag, '[]')}  - match: "*"\n    expect: any\n`, open],
  ['no rule asks for it', rule('role/a', 'any'), []],
  ['a rule above decides', `${rule('role/a', '[]')}  - match: ${byTag}\n    expect: any\n`, excess],
  ['another tag is asked for', rule('{ tag: { stage: prod } }', 'any'), excess],
  ['whatever it is, the rule matches', rule('{ tag: { team: "*" } }', 'any'), []],
  ['another kind is asked for', rule('{ tag: { team: vision }, user: "*" }', 'any'), excess],
  ['both expect nothing', rule(byTag, '[]'), excess],
  ['a rule that has ended', rule(byTag, `any\n    until: 2020-01-01`), excess],
])('a tag of a principal that is not known: %s', async (_, rules, expected) => {
  expect(kindsOf(await report(rules, {}, openTag), 'role/a')).toEqual(expected);
});

test('where not even the keys of its tags are known, any may be there or not', async () => {
  const unknown = { tags_all: true };
  expect(kindsOf(await report(rule(byTag, 'any'), {}, unknown), 'role/a')).toEqual(open);
  expect(kindsOf(await report(rule('{ tag: { team: "*" } }', 'any'), {}, unknown), 'role/a')).toEqual(open);
  const known = { tags: { team: 'web' } };
  expect(kindsOf(await report(rule(byTag, 'any'), known, unknown), 'role/a')).toEqual(excess);
});

test('what is missing in one way only is not settled', async () => {
  const nothing = policy(allow('s3:GetObject'));
  const found = await report(rule(byTag, some), {}, openTag, nothing);
  expect(kindsOf(found, 'role/a')).toEqual(open);
  expect(found.findings[0]?.summary).toMatch(
    /^Cannot use .*; whether that is expected depends on the tag team of aws_iam_role.a/,
  );
});

test('it says what depends on what, and with the severity of the worst', async () => {
  const found = await report(rule(byTag, 'any'), {}, openTag, everything);
  expect(found.findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
    'inconclusive critical',
  ]);
  expect(found.findings[0]?.summary).toMatch(
    /^Can \d+ actions \(.*\); whether that is expected depends on the tag team of aws_iam_role.a, known only/,
  );
  expect(found.findings[0]?.remedies[0]).toMatch(/^Write a rule for role\/a above/);
});

test('what both ways agree about is found, what they do not is not settled', async () => {
  const found = await report(rule(byTag, '[AmazonRekognitionReadOnlyAccess]'), {}, openTag, everything);
  const [sure, unsure] = ['excess', 'inconclusive'].map((kind) =>
    found.findings
      .filter((one) => one.kind === kind)
      .flatMap(({ actions }) => actions.map((one) => one.action)),
  );
  expect(sure).toContain('rekognition:DeleteFaces');
  expect(sure).not.toContain('rekognition:DetectLabels');
  expect(unsure).toContain('rekognition:DetectLabels');
  expect(unsure).not.toContain('rekognition:DeleteFaces');
});

test.each([
  ['{ StringEquals: { "aws:PrincipalTag/team": vision } }', open],
  ['{ StringEquals: { "aws:PrincipalTag/stage": prod } }', excess],
  ['{ StringEquals: { "aws:RequestedRegion": us-east-1 } }', ['unguarded medium']],
])('so it is with a tag that an expected set asks for: %s', async (condition, expected) => {
  const sets = `sets:\n  own: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*", Condition: ${condition} }]\n`;
  const found = kindsOf(await report(`${sets}${rule('role/a', '[own]')}`, {}, openTag), 'role/a');
  expect(found.map((one) => one.replace('unguarded', 'excess'))).toEqual(
    expected.map((one) => one.replace('unguarded', 'excess')),
  );
});

test('and with one that a guard asks for', async () => {
  const guarded = (key: string) =>
    `guards:\n  own: { condition: { StringEquals: { "aws:PrincipalTag/${key}": vision } } }\n${rule('role/a', '[readonly-example, RekognitionLabelsPolicy]')}`;
  const kinds = async (key: string) =>
    new Set(
      (await report(guarded(key), {}, openTag)).findings
        .filter(({ actions }) => actions.some(({ action }) => action === 'rekognition:DetectLabels'))
        .map(({ kind }) => kind),
    );
  expect(await kinds('team')).toEqual(new Set(['inconclusive']));
  expect(await kinds('stage')).toEqual(new Set(['unguarded']));
});

const unnamed = { name: undefined };
const named = { name: true };
const fromElsewhere = { 'aws_iam_role.a': { name: references('random_pet.p.id') } };
const fromProvider = { 'aws_iam_role.a': {} };

/** A role whose name is not known, with its policy. */
async function nameless(rules: string, after: object, expressions: object, base?: string) {
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), arn: undefined, ...unnamed, ...after },
    after_unknown: { arn: true, ...named },
  });
  const own = resource('aws_iam_role_policy.p', {
    after: { name: 'p', policy: labels },
    after_unknown: { role: true },
  });
  const withRole = { ...expressions, 'aws_iam_role_policy.p': { role: references('aws_iam_role.a.name') } };
  const report = await reportOn(plan([made, own], withRole), {
    expectations: expecting(rules),
    ...(base !== undefined && { base: accountOf(principal('role', base)) }),
  });
  return report.findings.filter(({ subject }) => subject !== `role/${base}`).map(({ kind }) => kind);
}

test.each([
  ['a pattern that it may have', rule('role/ml-*', 'any'), ['inconclusive']],
  ['the same in a mapping', rule('{ role: ml-* }', 'any'), ['inconclusive']],
  ['the same as an ARN', rule('"arn:aws:iam::*:role/ml-*"', 'any'), ['inconclusive']],
  ['a name', rule('role/ml', 'any'), ['inconclusive']],
  ['what it is called here', rule('role/aws_iam_role.a', 'any'), []],
  ['whatever it is', rule('role/*', 'any'), []],
  ['another kind', rule('user/*', 'any'), ['excess']],
])('a name that is not known: %s', async (_, rules, expected) => {
  expect(await nameless(rules, {}, fromElsewhere)).toEqual(expected);
});

test('a name that somebody else has is not its own', async () => {
  expect(await nameless(rule('role/ml', 'any'), {}, fromElsewhere, 'ml')).toEqual(['excess']);
  expect(await nameless(rule('role/ml*', 'any'), {}, fromElsewhere, 'ml')).toEqual(['inconclusive']);
});

test('a name that the provider makes begins as the provider says', async () => {
  expect(await nameless(rule('role/ml-*', 'any'), {}, fromProvider)).toEqual(['excess']);
  expect(await nameless(rule('role/terraform-*', 'any'), {}, fromProvider)).toEqual([]);
  expect(await nameless(rule('role/*-2026', 'any'), {}, fromProvider)).toEqual(['inconclusive']);
});

test.each([
  ['role/app-*', []],
  ['role/app*', []],
  ['role/web-*', ['excess']],
  ['role/app-prod-*', ['inconclusive']],
  ['role/*-prod', ['inconclusive']],
  ['role/app-?', ['inconclusive']],
])('a name of which the beginning is known: %s', async (match, expected) => {
  expect(await nameless(rule(match, 'any'), { name_prefix: 'app-' }, fromElsewhere)).toEqual(expected);
});

test.each([
  ['{ path: /vision/ }', open],
  ['role/vision/a', open],
  ['{ path: "*" }', []],
  ['role/a', []],
])('a path that is not known: %s', async (match, expected) => {
  expect(kindsOf(await report(rule(match, 'any'), { path: undefined }, { path: true }), 'role/a')).toEqual(
    expected,
  );
});

test('a suppression by what is not known suppresses nothing', async () => {
  const entry = (principal: string) =>
    `suppress:\n  - { principal: ${principal}, actions: "rekognition:*", reason: r, owner: o, until: 2099-12-31 }\n`;
  const found = async (principal: string) => {
    const all = await report(entry(principal), { path: undefined }, { path: true });
    return all.findings.map(({ suppressed }) => suppressed !== undefined);
  };
  expect(await found('"arn:aws:iam::*:role/a"')).toEqual([false]);
  expect(await found('role/a')).toEqual([true]);
});

/** What is found of a user who is put into a group, or given a policy, that is not known. */
async function given(rules: string, type: string, values: object, unknown: object) {
  const user = { name: 'ana', arn: 'arn:aws:iam::123456789012:user/ana', path: '/' };
  const made = resource('aws_iam_user.a', { after: user });
  const own = resource('aws_iam_user_policy.p', { after: { name: 'p', policy: labels, user: 'ana' } });
  const more = resource(type, { after: values, after_unknown: unknown });
  const found = await reportOn(plan([made, own, more]), { expectations: expecting(rules) });
  return found.findings.flatMap(({ kind, subject, actions }) =>
    subject === 'user/ana' && actions.some(({ action }) => action === 'rekognition:DetectLabels')
      ? [kind]
      : [],
  );
}

test.each([
  ['vision', ['inconclusive']],
  ['"*"', []],
  ['[]', ['excess']],
])('a group that is not known: %s', async (group, expected) => {
  const rules = group === '[]' ? rule('role/x', 'any') : rule(`{ group: ${group} }`, 'any');
  const membership = ['aws_iam_user_group_membership.m', { user: 'ana', groups: [null] }] as const;
  expect(await given(rules, ...membership, { groups: [true] })).toEqual(expected);
});

test('a rule for a group that somebody may be in, or may not', async () => {
  const rules = `${rule('{ group: vision }', '[]')}  - match: "*"\n    expect: any\n`;
  const values = { user: undefined, groups: ['vision'] };
  expect(await given(rules, 'aws_iam_user_group_membership.m', values, { user: true })).toEqual([
    'inconclusive',
  ]);
});

test.each([
  ['AmazonRekognitionReadOnlyAccess', ['inconclusive']],
  ['"arn:aws:iam::123456789012:policy/team"', ['inconclusive']],
])('a policy that is not known: %s', async (attached, expected) => {
  const rules = rule(`{ attached: ${attached} }`, 'any');
  const values = { user: 'ana', policy_arn: undefined };
  const found = await given(rules, 'aws_iam_user_policy_attachment.m', values, { policy_arn: true });
  expect(found).toEqual(expected);
});

test('of whoever only the plan names, it does not know tags, groups and path', async () => {
  const own = resource('aws_iam_role_policy.p', { after: { name: 'p', policy: labels, role: 'a' } });
  const kinds = async (rules: string) =>
    kindsOf(await reportOn(plan([own]), { expectations: expecting(rules) }), 'role/a');
  expect(await kinds(rule(byTag, 'any'))).toEqual(open);
  expect(await kinds(rule('{ path: /vision/ }', 'any'))).toEqual(open);
  expect(await kinds(rule('role/a', 'any'))).toEqual([]);
  expect(await kinds(rule('role/b', 'any'))).toEqual(excess);
  const base = accountOf(principal('role', 'a', { tags: { team: 'web' } }));
  const onTop = await reportOn(plan([own]), { base, expectations: expecting(rule(byTag, 'any')) });
  expect(kindsOf(onTop, 'role/a')).toEqual(excess);
});
