import { policyOf, role, user } from '#test/lib/reach/account.ts';
import { may } from '../../check/ways-in.ts';
import {
  aws,
  type Case,
  collection,
  deny,
  expecting,
  guarded,
  inGroup,
  labels,
  ofAll,
  on,
  own,
  rule,
  scp,
  service,
  when,
} from './case.ts';

/** Of what principals may do, too much or too little. */
export const accessCases: Readonly<Record<string, Case>> = {
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
};
