/** The same documents wherever IAM can have them: what they grant does not depend on the place. */
import { startLocalAws } from '@permission-check/embedded-aws';
import { afterAll, describe, expect, it } from 'vitest';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { readReport } from '#test/support/report.ts';
import { file, run } from './program.ts';

const account = '123456789012';
const policyArn = `arn:aws:iam::${account}:policy/team/Extra`;
const time = '2025-01-06T09:00:00+00:00';

type Place = 'of the user' | 'of a group' | 'managed' | 'managed, of a group' | 'managed, in another case';

/** An account with one user who has a document in a place. */
function accountWith(place: Place, document: unknown): string {
  const inline = [{ PolicyName: 'extra', PolicyDocument: document }];
  const arn =
    place === 'managed, in another case' ? policyArn.replace('team/Extra', 'team/EXTRA') : policyArn;
  const attached = [{ PolicyName: 'Extra', PolicyArn: arn }];
  const ofGroup = place === 'of a group' || place === 'managed, of a group';
  const managed = place.startsWith('managed');
  const holding = {
    inline: managed ? [] : inline,
    attached: managed ? attached : [],
  };
  const none = { inline: [], attached: [] };
  const user = ofGroup ? none : holding;
  const group = ofGroup ? holding : none;
  return JSON.stringify({
    UserDetailList: [
      {
        Path: '/',
        UserName: 'ann',
        UserId: 'AIDAANNEXAMPLEEXAMPLE',
        Arn: `arn:aws:iam::${account}:user/ann`,
        CreateDate: time,
        GroupList: ['team'],
        UserPolicyList: user.inline,
        AttachedManagedPolicies: user.attached,
        Tags: [],
      },
    ],
    GroupDetailList: [
      {
        Path: '/',
        GroupName: 'team',
        GroupId: 'AGPATEAMEXAMPLEEXAMPL',
        Arn: `arn:aws:iam::${account}:group/team`,
        CreateDate: time,
        GroupPolicyList: group.inline,
        AttachedManagedPolicies: group.attached,
      },
    ],
    RoleDetailList: [],
    Policies: managed
      ? [
          {
            PolicyName: 'Extra',
            PolicyId: 'ANPAEXTRAEXAMPLEEXAMP',
            Arn: policyArn,
            Path: '/team/',
            DefaultVersionId: 'v1',
            AttachmentCount: 1,
            PermissionsBoundaryUsageCount: 0,
            IsAttachable: true,
            CreateDate: time,
            UpdateDate: time,
            PolicyVersionList: [
              { Document: document, VersionId: 'v1', IsDefaultVersion: true, CreateDate: time },
            ],
          },
        ]
      : [],
  });
}

const places: readonly Place[] = [
  'of the user',
  'of a group',
  'managed',
  'managed, of a group',
  'managed, in another case',
];
const allow = (Action: unknown, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }],
});

/** Documents that hide something, each with what it comes to, and twins that hide nothing. */
const documents: readonly [name: string, document: unknown, exit: number, told: string | undefined][] = [
  ['actions in one text', allow('rekognition:DeleteFaces,IndexFaces'), 2, 'critical inconclusive'],
  ['actions of another service in one text', allow('s3:GetObject,PutObject'), 0, undefined],
  [
    'a variable in the account of an ARN',
    allow('rekognition:DeleteFaces', {
      Resource: 'arn:aws:rekognition:*:${aws:PrincipalAccount}:collection/*',
    }),
    1,
    'critical excess',
  ],
  [
    'a truth that is none',
    allow('rekognition:DeleteFaces', { Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }),
    1,
    'critical excess',
  ],
  [
    'a service that asks, which no user is',
    allow('rekognition:DeleteFaces', { Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } }),
    0,
    undefined,
  ],
  [
    'a resource of somebody else, where there are only own ones',
    allow('rekognition:DeleteFaces', {
      Condition: { StringEquals: { 'aws:ResourceAccount': '999999999999' } },
    }),
    0,
    undefined,
  ],
];

const expectations = file('nothing.yaml', 'default: []\n');
const args = ['--expectations', expectations, '--format', 'json'];

async function told(more: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await run(['check', ...args, ...more], env);
  if (code === null || code > 2) throw new Error(stderr);
  const { findings } = readReport(stdout);
  return { code, told: findings.map(({ kind, severity }) => `${severity} ${kind}`) };
}

const stops: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

describe.each(documents)('%s', (name, document, exit, words) => {
  const wanted = { code: exit, told: words === undefined ? [] : [words] };

  it.each(places)('%s', async (place) => {
    const details = file(`${name} ${place}.json`.replaceAll(/[ ,]+/g, '-'), accountWith(place, document));
    expect(await told(['--account-details', details])).toEqual(wanted);
  });
});

it('is told over the wire, too, where it cannot be read', async () => {
  const [[name, document] = []] = documents;
  for (const place of ['of a group', 'managed, of a group'] as const) {
    const aws = await startLocalAws({
      catalog: rekognitionCatalog,
      account: JSON.parse(accountWith(place, document)),
    });
    stops.push(() => aws.stop());
    expect(await told(['--calls-per-second', '10000'], aws.env), `${name} ${place}`).toEqual({
      code: 2,
      told: expect.arrayContaining(['critical inconclusive']),
    });
  }
});

describe('what a file of one’s own may not have', () => {
  const twice = {
    Version: '2012-10-17',
    Statement: ['s3:*', 'rekognition:*'].map((Action) => ({
      Sid: 'Same',
      Effect: 'Allow',
      Action,
      Resource: '*',
    })),
  };
  const guardrails = (document: string) =>
    file('guardrails.yaml', `scps:\n  - - name: above\n      document: |\n        ${document}\n`);

  it.each([
    [
      'an unknown operator',
      '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Odd":{}}}}',
    ],
    ['no JSON', '{"Statement":'],
    ['a Sid twice', JSON.stringify(twice)],
  ])('an SCP with %s: exit 3, with file and line', async (_, document) => {
    const details = file('account.json', accountWith('of the user', allow('s3:*')));
    const { code, stdout, stderr } = await run([
      ...['check', '--account-details', details, '--expectations', expectations],
      ...['--guardrails', guardrails(document)],
    ]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/guardrails\.yaml:\d+: above: /);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a Sid twice counts twice in what IAM has, and neither hides the other', async () => {
    const details = file('twice.json', accountWith('of the user', twice));
    expect(await told(['--account-details', details])).toEqual({ code: 1, told: ['critical excess'] });
  });
});
