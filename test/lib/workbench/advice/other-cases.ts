import { accountId, policyOf, role, user } from '#test/lib/reach/account.ts';
import { lets, may } from '../../check/ways-in.ts';
import { arn, by, type Case, expecting, labels, ofAll, on, own, root, rule, service, when } from './case.ts';

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

/** Of who comes to principals, and of what can be read, accepted or shared. */
export const otherCases: Readonly<Record<string, Case>> = {
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
