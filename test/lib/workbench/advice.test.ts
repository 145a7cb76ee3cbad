import type { PolicySource } from '@permission-check/iam-policy';
import { expect, test } from 'vitest';
import { applyChanges } from '#lib/account/apply-change.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { openFindings } from '#lib/report/exit.ts';
import { accept, checkOf } from '#lib/workbench/accept.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { whatIf } from '#lib/workbench/what-if.ts';
import { accountId, accountOf, policyOf, role, user } from '#test/lib/reach/account.ts';
import { afterCommands, changesOf, commandsIn } from '#test/support/aws-commands.ts';
import { lets, may } from '../check/ways-in.ts';

const arn = `arn:aws:iam::${accountId}`;
const own = (name: string, statement: object | object[]): PolicySource => ({
  ...policyOf(name, statement),
  type: 'customer-managed',
  arn: `${arn}:policy/${name}`,
});
const aws = (name: string): PolicySource => {
  const [policy] = catalogPolicies(name);
  if (policy === undefined) throw new Error(name);
  return policy;
};
const deny = (...Action: string[]) => ({ Effect: 'Deny', Action, Resource: '*' });
const on = (action: string, ...Resource: string[]) => ({ Effect: 'Allow', Action: action, Resource });
const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const when = (statement: object, Condition: object) => ({ ...statement, Condition });
const inGroup = (name: string, statement: object | object[]) => ({
  groups: [name],
  policies: [{ ...policyOf('team', statement), group: name }],
});
const service = (name: string, rest: object = {}) => lets({ Service: `${name}.amazonaws.com` }, rest);
const root = lets({ AWS: `${arn}:root` });
const labels = 'rekognition:DetectLabels';

const sets = `sets:
  labels: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }]
  faces: [{ Effect: Allow, Action: ["rekognition:SearchFaces", "rekognition:IndexFaces"], Resource: "${collection('a-*')}" }]
  passing:
    - { Effect: Allow, Action: "iam:PassRole", Resource: "${arn}:role/stream" }
    - { Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }
`;
const rule = (match: string, expected: string, more = '') =>
  `  - match: ${match}\n    expect: ${expected}\n${more}`;
const guarded = (guard: string, expected: string) =>
  `guards:\n  own: ${guard}\nprincipals:\n${rule('"*"', expected)}`;
const expecting = (...rules: string[]) => `principals:\n${rules.join('')}`;
const ofAll = (expected: string) => expecting(rule('"*"', expected));
const by = (...who: string[]) => `    assumed-by: [${who.map((one) => `"${one}"`).join(', ')}]\n`;

const everything: PolicySource = {
  name: 'FullAWSAccess',
  type: 'scp',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};
const scp = (...statements: object[]): Guardrails => ({
  scps: [[everything, { ...policyOf('own', statements), type: 'scp' }]],
});

interface Case {
  readonly all: readonly Principal[];
  readonly rules: string;
  /** `kind subject`, sorted: written before anything ran. */
  readonly found: readonly string[];
  /** What a change of policies cannot mend, and why. */
  readonly left?: Readonly<Record<string, RegExp>>;
  readonly guardrails?: Guardrails;
  readonly more?: Partial<Account>;
}

const github = (sub: string) =>
  lets(
    { Federated: `${arn}:oidc-provider/token.actions.githubusercontent.com` },
    {
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringLike: { 'token.actions.githubusercontent.com:sub': sub },
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
      },
    },
  );

const cases: Readonly<Record<string, Case>> = {
  'inline, one action more': {
    all: [user('a', may(labels, 'rekognition:DeleteFaces'))],
    rules: ofAll('[labels]'),
    found: ['excess user/a'],
  },
  'inline, everything': {
    all: [user('a', may('rekognition:*'))],
    rules: ofAll('[labels]'),
    found: ['excess user/a'],
  },
  'inline, a star of all services': {
    all: [user('a', may('*'))],
    rules: ofAll('[labels]'),
    // It could also give itself anything; what it has plainly already is no gain.
    found: ['excess user/a'],
  },
  'inline, by NotAction': {
    all: [user('a', { Effect: 'Allow', NotAction: ['iam:*', 'sts:*', 'lambda:*'], Resource: '*' })],
    rules: ofAll('[labels]'),
    found: ['excess user/a'],
  },
  'inline, on more collections': {
    all: [role('a', service('lambda'), on('rekognition:SearchFaces', '*'))],
    rules: ofAll('[faces]'),
    found: ['excess role/a', 'missing role/a'],
  },
  'inline, on all collections but one': {
    all: [
      role('a', service('lambda'), [
        { Effect: 'Allow', Action: 'rekognition:SearchFaces', NotResource: collection('payroll') },
        on('rekognition:IndexFaces', collection('a-*')),
      ]),
    ],
    rules: ofAll('[faces]'),
    found: ['excess role/a'],
  },
  'managed, AWS': {
    all: [role('a', service('lambda'), [], { policies: [aws('AmazonRekognitionFullAccess')] })],
    rules: ofAll('[AmazonRekognitionReadOnlyAccess]'),
    found: ['excess role/a'],
  },
  'managed, an administrator who should be none': {
    all: [user('a', [], { policies: [aws('AdministratorAccess')] })],
    rules: ofAll('[]'),
    found: ['excess user/a'],
  },
  'managed, shared with somebody who may': {
    all: [
      user('a', [], { policies: [own('shared', may('rekognition:*'))] }),
      user('b', [], { policies: [own('shared', may('rekognition:*'))] }),
    ],
    rules: expecting(rule('user/a', '[AmazonRekognitionFullAccess]'), rule('user/b', '[labels]')),
    found: ['excess user/b'],
  },
  'managed, of two alike': {
    all: ['a', 'b'].map((name) =>
      user(name, [], { policies: [own('shared', may(labels, 'rekognition:DetectText'))] }),
    ),
    rules: ofAll('[labels]'),
    found: ['excess user/a', 'excess user/b'],
  },
  'group, one of its members': {
    all: [
      user('a', [], inGroup('team', may('rekognition:*'))),
      user('b', [], inGroup('team', may('rekognition:*'))),
    ],
    rules: expecting(rule('user/a', '[AmazonRekognitionFullAccess]'), rule('user/b', '[labels]')),
    found: ['excess user/b'],
  },
  'group, all of its members': {
    all: ['a', 'b'].map((name) => user(name, [], inGroup('team', may(labels, 'rekognition:DeleteFaces')))),
    rules: expecting(rule('{ group: team }', '[labels]')),
    found: ['excess user/a', 'excess user/b'],
  },
  'boundary, what it leaves is too much': {
    all: [user('a', may('rekognition:*'), { boundary: own('limit', may(labels, 'rekognition:DetectText')) })],
    rules: ofAll('[labels]'),
    found: ['excess user/a'],
  },
  'boundary, what is expected is outside of it': {
    all: [user('a', may(labels), { boundary: own('limit', may('s3:*')) })],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'SCP, what it leaves is too much': {
    all: [user('a', may('rekognition:*'))],
    rules: ofAll('[labels]'),
    guardrails: scp(deny('rekognition:*Faces*', 'rekognition:Delete*')),
    found: ['excess user/a'],
  },
  'SCP, what is expected is denied': {
    all: [user('a', may(labels))],
    rules: ofAll('[labels]'),
    guardrails: scp(deny('rekognition:Detect*')),
    found: ['missing user/a'],
    left: { 'missing user/a': /SCP/ },
  },
  'guard, MFA': {
    all: [user('a', may(labels))],
    rules: guarded('{ mfa: true }', '[labels]'),
    found: ['unguarded user/a'],
  },
  'guard, MFA with IfExists': {
    all: [user('a', when(may(labels), { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }))],
    rules: guarded('{ mfa: true }', '[labels]'),
    found: ['unguarded user/a'],
  },
  'guard, TLS of a managed policy': {
    all: [role('a', service('lambda'), [], { policies: [aws('AmazonRekognitionReadOnlyAccess')] })],
    rules: guarded('{ tls: true }', '[AmazonRekognitionReadOnlyAccess]'),
    found: ['unguarded role/a'],
  },
  'guard, another network': {
    all: [user('a', when(may(labels), { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }))],
    rules: `context:\n  aws:SourceIp: 198.51.100.7\n${guarded('{ source-ip: 198.51.100.0/24 }', '[labels]')}`,
    found: ['unguarded user/a'],
  },
  'time, a rule that has ended': {
    all: [user('a', may(labels))],
    rules: ofAll('[labels]\n    until: 2020-01-01\n    owner: o@example.com'),
    found: ['excess user/a'],
  },
  'time, a grant that has ended': {
    all: [user('a', when(may(labels), { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }))],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'time, a grant that begins later': {
    all: [user('a', when(may(labels), { DateGreaterThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' } }))],
    rules: ofAll('[]'),
    found: ['excess user/a'],
  },
  'missing, no policy': {
    all: [role('a', service('lambda'))],
    rules: ofAll('[labels]'),
    found: ['missing role/a'],
  },
  'missing, a managed policy': {
    all: [role('a', service('lambda'))],
    rules: ofAll('[AmazonRekognitionCustomLabelsFullAccess]'),
    found: ['missing role/a'],
  },
  'missing, denied by its own policy': {
    all: [user('a', [may(labels), deny('rekognition:Detect*')])],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'missing, denied by its group': {
    all: [
      user('a', [], {
        ...inGroup('team', deny('rekognition:Detect*')),
        policies: [
          policyOf('p', may(labels)),
          { ...policyOf('team', deny('rekognition:Detect*')), group: 'team' },
        ],
      }),
    ],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'missing, a name with a mistake': {
    all: [user('a', may('rekognition:DetectLabel'))],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'missing, on a collection where it has no resource': {
    all: [user('a', on(labels, collection('a-1')))],
    rules: ofAll('[labels]'),
    found: ['missing user/a'],
  },
  'missing, what another service needs': {
    all: [user('a', may(labels))],
    rules: ofAll('[passing]'),
    found: ['missing user/a'],
  },
  'trust, anyone': {
    all: [role('a', lets({ AWS: '*' }), may(labels))],
    rules: ofAll('[labels]'),
    found: ['exposed role/a'],
  },
  'trust, anyone with an ExternalId': {
    all: [role('a', when(lets({ AWS: '*' }), { StringEquals: { 'sts:ExternalId': 'x' } }), may(labels))],
    rules: ofAll('[labels]'),
    found: ['exposed role/a'],
  },
  'trust, an account that nobody expects': {
    all: [role('a', lets({ AWS: 'arn:aws:iam::999988887777:root' }), may(labels))],
    rules: expecting(rule('role/a', '[labels]', by('111122223333'))),
    found: ['exposed role/a'],
  },
  'trust, a service that nobody expects beside one that is': {
    all: [role('a', [service('lambda'), service('ec2')], may(labels))],
    rules: expecting(rule('role/a', '[labels]', by('lambda.amazonaws.com'))),
    found: ['exposed role/a'],
  },
  'trust, of GitHub, whoever': {
    all: [role('a', github('*'), may(labels))],
    rules: ofAll('[labels]'),
    found: ['exposed role/a'],
    left: { 'exposed role/a': /./ },
  },
  'trust, Rekognition without a source': {
    all: [role('a', service('rekognition'), may('kinesis:PutRecord', labels))],
    rules: ofAll('[labels]'),
    found: ['exposed role/a'],
  },
  'trust, the role of a stream processor whom its service cannot reach': {
    all: [
      role(
        'a',
        service('rekognition', { Condition: { StringEquals: { 'aws:SourceAccount': '999988887777' } } }),
        may('kinesis:PutRecord'),
      ),
    ],
    rules: expecting(rule('role/a', '[]', by('rekognition.amazonaws.com'))),
    found: ['unreachable role/a'],
  },
  'trust, the role of a stream processor that is reached by its own': {
    all: [
      role(
        'a',
        service('rekognition', {
          Condition: {
            StringEquals: { 'aws:SourceAccount': accountId },
            ArnLike: { 'aws:SourceArn': `arn:aws:rekognition:eu-west-1:${accountId}:streamprocessor/*` },
          },
        }),
        may('kinesis:PutRecord'),
      ),
      role(
        'b',
        service('rekognition', {
          Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:rekognition:*:999988887777:streamprocessor/*' } },
        }),
        may('kinesis:PutRecord'),
      ),
      role(
        'c',
        service('s3', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::bucket' } } }),
        may(labels),
      ),
    ],
    rules: expecting(
      rule('[role/a, role/b]', '[]', by('rekognition.amazonaws.com')),
      rule('role/c', '[labels]', by('s3.amazonaws.com')),
    ),
    found: ['unreachable role/b'],
  },
  'trust, only another service': {
    all: [role('a', service('ec2'), may(labels))],
    rules: expecting(rule('role/a', '[labels]', by('lambda.amazonaws.com'))),
    found: ['exposed role/a', 'unreachable role/a'],
  },
  'trust, that has ended': {
    all: [
      role(
        'a',
        when(lets({ AWS: `${arn}:role/ci` }), {
          DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' },
        }),
        may(labels),
      ),
      role('ci', service('lambda'), on('sts:AssumeRole', `${arn}:role/a`)),
    ],
    rules: expecting(rule('role/a', '[labels]', by('role/ci')), rule('role/ci', '[]')),
    found: ['unreachable role/a'],
  },
  'indirect, its own policies': {
    all: [user('a', [may(labels), may('iam:PutUserPolicy')])],
    rules: ofAll('[labels]'),
    found: ['indirect user/a'],
  },
  'indirect, AWS policies': {
    all: [user('a', [may(labels), on('iam:AttachUserPolicy', `${arn}:user/a`)])],
    rules: ofAll('[labels]'),
    found: ['indirect user/a'],
  },
  'indirect, a role to hand over': {
    all: [
      user('a', [may(labels), may('iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction')]),
      role('b', service('lambda'), may('rekognition:DeleteFaces')),
    ],
    rules: expecting(rule('role/b', 'any'), rule('user/a', '[labels]')),
    found: ['indirect user/a'],
  },
  'indirect, a trust policy': {
    all: [
      user('a', [may(labels), may('iam:UpdateAssumeRolePolicy', 'sts:AssumeRole')]),
      role('b', service('lambda'), may('rekognition:DeleteFaces')),
    ],
    rules: expecting(rule('role/b', 'any'), rule('user/a', '[labels]')),
    found: ['indirect user/a'],
  },
  'indirect, another version of its policy': {
    all: [user('a', [], { policies: [own('mine', [may(labels), may('iam:CreatePolicyVersion')])] })],
    rules: ofAll('[labels]'),
    found: ['indirect user/a'],
  },
  'indirect, its boundary': {
    all: [
      user('a', may('rekognition:*', 'iam:DeleteUserPermissionsBoundary'), {
        boundary: own('limit', may(labels, 'iam:*')),
      }),
    ],
    rules: ofAll('[labels]'),
    found: ['indirect user/a'],
  },
  'indirect, a role that trusts it and more than is expected of it': {
    all: [
      user('a', [may(labels), on('sts:AssumeRole', `${arn}:role/b`)]),
      role('b', root, may('rekognition:DeleteFaces')),
    ],
    rules: expecting(rule('role/b', '[]'), rule('user/a', '[labels]')),
    found: ['excess role/b'],
  },
  'project, anyone may copy its models': {
    all: [user('a', may(labels))],
    rules: ofAll('[labels]'),
    more: {
      projectPolicies: [
        {
          projectArn: `arn:aws:rekognition:eu-west-1:${accountId}:project/shop/1690000000000`,
          policy: {
            ...policyOf('p', {
              Effect: 'Allow',
              Principal: '*',
              Action: 'rekognition:CopyProjectVersion',
              Resource: '*',
            }),
            type: 'resource',
          },
        },
      ],
    },
    found: ['exposed project/shop'],
    left: { 'exposed project/shop': /./ },
  },
  'unreadable, a policy that is not there': {
    all: [user('a', may(labels), { unreadable: [`managed policy ${arn}:policy/gone: not in the file`] })],
    rules: ofAll('[labels]'),
    found: ['inconclusive user/a'],
    left: { 'inconclusive user/a': /./ },
  },
  'a suppression that has ended': {
    all: [user('a', may(labels))],
    rules: `${ofAll('[labels]')}suppress:\n  - { principal: user/a, actions: "rekognition:*", reason: r, owner: o, until: 2020-01-01 }\n`,
    found: ['suppression-expired user/a'],
    left: { 'suppression-expired user/a': /./ },
  },
};

const said = (findings: readonly { kind: string; subject: string }[]) =>
  [...new Set(findings.map(({ kind, subject }) => `${kind} ${subject}`))].sort();

const expectationsOf = (text: string) => {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return expectations;
};

const time = { reason: 'so for now', owner: 'o@example.com', until: '2099-12-31' };

function accountIn({ all, more }: Case, principals = all): Account {
  return { ...accountOf(...principals), ...more };
}

const each = Object.entries(cases);

test.each(each)('what is found: %s', async (_, one) => {
  const { guardrails } = one;
  const expectations = expectationsOf(sets + one.rules);
  const { findings } = await checkAccount(accountIn(one), { expectations, guardrails });
  expect(said(openFindings(findings))).toEqual([...one.found].sort());
});

test.each(each)('what fix says is clean: %s', async (_, one) => {
  const { all, left = {}, guardrails } = one;
  const expectations = expectationsOf(sets + one.rules);
  const answer = await fix(accountIn(one), { expectations, guardrails });
  expect([...new Set(answer.left.map(({ finding, why }) => `${said([finding])[0]}: ${why}`))]).toEqual(
    Object.entries(left).map(([what, why]) => expect.stringMatching(new RegExp(`^${what}: .*${why.source}`))),
  );
  const after = afterCommands(all, answer.commands, catalogPolicies);
  const present = await checkAccount(accountIn(one, after), {
    expectations: expectationsOf(sets + one.rules),
    guardrails,
  });
  expect(said(openFindings(present.findings))).toEqual(Object.keys(left).sort());
  if (answer.commands.length === 0) return;
  // The same changes, asked about before they are made.
  const changes = changesOf(answer.commands, all, catalogPolicies);
  expect(applyChanges(all, changes)).toEqual(after);
  const asked = await whatIf(accountIn(one), () => changes, {
    expectations: expectationsOf(sets + one.rules),
    guardrails,
  });
  const past = await checkAccount(accountIn(one), { expectations, guardrails });
  const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id).sort();
  expect(ids(asked.come)).toEqual([]);
  const now = new Set(present.findings.map(({ id }) => id));
  expect(ids(asked.go)).toEqual(ids(past.findings.filter(({ id }) => !now.has(id))));
});

test.each(each)('the commands that a finding tells end it, and bring nothing: %s', async (_, one) => {
  const { all, guardrails } = one;
  const check = checkOf(accountIn(one), guardrails);
  const { findings } = await check(expectationsOf(sets + one.rules));
  const before = new Set(findings.map(({ id }) => id));
  for (const { id, remedies } of openFindings(findings)) {
    const commands = commandsIn(remedies.join('\n'));
    if (commands.length === 0) continue;
    const after = afterCommands(all, commands, catalogPolicies);
    const { findings: now } = await checkOf(
      accountIn(one, after),
      guardrails,
    )(expectationsOf(sets + one.rules));
    expect(now.map((finding) => finding.id)).not.toContain(id);
    expect(said(now.filter((finding) => !before.has(finding.id)))).toEqual([]);
  }
});

test.each(each)('what is accepted is found no more: %s', async (_, one) => {
  const { guardrails } = one;
  const start = `# kept\n${sets}${one.rules}`;
  const check = checkOf(accountIn(one), guardrails);
  const { findings } = await check(expectationsOf(start));
  for (const finding of openFindings(findings)) {
    const ways = finding.acceptance === undefined ? [time] : [undefined, time];
    for (const suppression of ways) {
      const options = { file: 'expectations.yaml', text: start, expectations: expectationsOf(start) };
      const { text } = await accept(check, [finding.id], { ...options, suppression });
      expect(text).toMatch(/^# kept\n/);
      const { findings: now } = await check(expectationsOf(text));
      expect(openFindings(now).map(({ id }) => id)).not.toContain(finding.id);
    }
  }
});

test.each(each)('what init writes finds nothing: %s', async (_, one) => {
  const { guardrails } = one;
  const { text } = await firstExpectations(accountIn(one), { guardrails });
  const { findings } = await checkAccount(accountIn(one), { expectations: expectationsOf(text), guardrails });
  expect(said(openFindings(findings))).toEqual([]);
});
