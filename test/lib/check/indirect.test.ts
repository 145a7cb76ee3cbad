import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { boundary, expectations, faces, indirect, lets, may } from './escalating.ts';

describe('the worked examples', () => {
  test('a role handed to a service takes the pass, the service, and something that runs it', async () => {
    const found = await indirect(
      user('eve', may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])),
      user('fay', [
        may('lambda:*'),
        may('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
      ]),
      user('gus', may(['iam:PassRole', 'lambda:CreateFunction'])),
    );
    expect(found).toEqual({
      'user/eve':
        'it may hand role/faces to lambda.amazonaws.com (iam:PassRole, lambda:CreateFunction and lambda:InvokeFunction)',
    });
  });

  test('who may write his own policies is held by his boundary, unless he may lift it', async () => {
    const own = may('iam:PutUserPolicy', `arn:aws:iam::${accountId}:user/\u0024{aws:username}`);
    const found = await indirect(
      user('hal', own, { boundary: boundary(may(['iam:PutUserPolicy', 's3:*'])) }),
      user('ida', own, { boundary: boundary(may(['iam:*', 's3:*'])) }),
    );
    expect(found).toEqual({
      'user/ida':
        'it may call iam:PutUserPolicy for itself, then it may lift its own boundary (iam:DeleteUserPermissionsBoundary)',
    });
  });
});

describe('what a principal can come to', () => {
  const admin = `arn:aws:iam::${accountId}:role/faces`;
  test.each<[string, Principal, boolean]>([
    [
      'a new version of its own policy',
      user('u', may('iam:CreatePolicyVersion'), {
        policies: [
          {
            ...policyOf('p', may('iam:CreatePolicyVersion')),
            type: 'customer-managed',
            arn: `arn:aws:iam::${accountId}:policy/p`,
          },
        ],
      }),
      true,
    ],
    ['a new version, of policies it has none of', user('u', may('iam:CreatePolicyVersion')), false],
    [
      'a policy for itself',
      role('r', [], may('iam:PutRolePolicy', `arn:aws:iam::${accountId}:role/r`)),
      true,
    ],
    ['a policy for another that it cannot assume', role('r', [], may('iam:PutRolePolicy', admin)), false],
    ['a trust policy', user('u', may('iam:UpdateAssumeRolePolicy', admin)), true],
    ['a trust policy of another', user('u', may('iam:UpdateAssumeRolePolicy', `${admin}2`)), false],
    [
      'a policy that may only be another one',
      user(
        'u',
        may('iam:AttachUserPolicy', '*', {
          ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AmazonS3FullAccess' },
        }),
      ),
      false,
    ],
    ['a role of its own', user('u', may(['iam:CreateRole', 'iam:AttachRolePolicy'])), true],
    [
      'a role of its own under a boundary that leaves nothing',
      user(
        'u',
        may(['iam:CreateRole', 'iam:AttachRolePolicy'], '*', {
          StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' },
        }),
      ),
      false,
    ],
    [
      'a role of its own under a boundary that leaves reading',
      user(
        'u',
        may(['iam:CreateRole', 'iam:AttachRolePolicy'], '*', {
          StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
        }),
      ),
      true,
    ],
    ['what a Deny takes away', user('u', [may('iam:*'), { ...may('iam:*'), Effect: 'Deny' }]), false],
    [
      'what was possible once',
      user(
        'u',
        may('iam:PutUserPolicy', '*', { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }),
      ),
      false,
    ],
    ['passing alone', user('u', may('iam:PassRole')), false],
    ['a service alone', user('u', may('lambda:*')), false],
    ['a role that trusts another service', user('u', may(['iam:PassRole', 'ec2:RunInstances'])), false],
  ])('%s', async (_, principal, expected) => {
    expect(Object.keys(await indirect(principal)).length > 0).toBe(expected);
  });

  test('a role of certificates, through a trust anchor of its own, unless the role names another', async () => {
    const trust = lets({ Service: 'rolesanywhere.amazonaws.com' });
    const anchor = {
      ArnEquals: { 'aws:SourceArn': `arn:aws:rolesanywhere:eu-west-1:${accountId}:trust-anchor/a` },
    };
    const lab = (name: string, statement: object) => role(name, statement, may('rekognition:*'));
    const eve = user(
      'eve',
      may(['iam:PassRole', 'rolesanywhere:CreateTrustAnchor', 'rolesanywhere:CreateProfile']),
    );
    expect(await indirect(eve, lab('lab', trust))).toMatchObject({
      'user/eve': expect.stringContaining('hand role/lab to rolesanywhere.amazonaws.com'),
    });
    expect(await indirect(eve, lab('lab', { ...trust, Condition: anchor }))).not.toHaveProperty('user/eve');
  });

  test.each([
    ['bedrock-agentcore.amazonaws.com', ['CreateAgentRuntime', 'InvokeAgentRuntimeCommand']],
    [
      'bedrock-agentcore.amazonaws.com',
      ['CreateBrowser', 'StartBrowserSession', 'ConnectBrowserAutomationStream'],
    ],
  ])('a role of %s, by %s', async (service, names) => {
    const lab = role('lab', lets({ Service: service }), may('rekognition:*'));
    const actions = names.map((name) => `bedrock-agentcore:${name}`);
    const eve = user('eve', may(['iam:PassRole', ...actions]));
    const fay = user('fay', may(['iam:PassRole', ...actions.slice(1)]));
    expect(Object.keys(await indirect(lab, eve, fay))).toEqual(['user/eve']);
  });

  test('a role whose own policy, and trust policy, it may write', async () => {
    const arn = `arn:aws:iam::${accountId}:policy/labels`;
    const labels = {
      ...policyOf('labels', may('rekognition:DetectLabels')),
      type: 'customer-managed',
      arn,
    } as const;
    const lab = role('lab', lets({ Service: 'glue.amazonaws.com' }), [], { policies: [labels] });
    const trust = may('iam:UpdateAssumeRolePolicy', `arn:aws:iam::${accountId}:role/lab`);
    const both = user('both', [trust, may('iam:CreatePolicyVersion', arn)]);
    expect((await indirect(lab, both))['user/both']).toContain('role/lab');
    expect(await indirect(lab, user('one', may('iam:CreatePolicyVersion', arn)))).not.toHaveProperty(
      'user/one',
    );
  });

  const lambda = lets({ Service: 'lambda.amazonaws.com' });
  const account = lets({ AWS: accountId });
  const arnOf = (name: string) => `arn:aws:iam::${accountId}:${name}`;
  const assume = may('sts:AssumeRole', arnOf('role/empty'));

  test('whatever it writes on a role that it can assume, or let itself assume, though that can do nothing by now', async () => {
    const write = may(['iam:PutRolePolicy'], arnOf('role/empty'));
    const found = await indirect(
      role('empty', account),
      user('a', [write, assume]),
      user('b', write),
      user('c', [may('iam:*', arnOf('role/empty'))]),
      user('d', [may('iam:PutRolePolicy', arnOf('role/other')), assume]),
    );
    expect(found).toEqual({
      'user/a': 'it may write the policies of role/empty and assume it (iam:PutRolePolicy)',
      'user/c': expect.stringContaining('role/empty'),
    });
  });

  test('and not past the boundary of that role, unless it may lift it', async () => {
    const held = role('empty', account, [], { boundary: boundary(may('s3:*')) });
    const write = may('iam:PutRolePolicy', arnOf('role/empty'));
    const lift = may('iam:DeleteRolePermissionsBoundary', arnOf('role/empty'));
    const found = await indirect(held, user('a', [write, assume]), user('b', [write, lift, assume]));
    expect(Object.keys(found)).toEqual(['user/b']);
  });

  test('a role whose boundary it may lift', async () => {
    const held = role('empty', account, may('rekognition:*'), { boundary: boundary(may('s3:*')) });
    const lift = may('iam:DeleteRolePermissionsBoundary', arnOf('role/empty'));
    expect(await indirect(held, user('a', [lift, assume]), user('b', assume))).toEqual({
      'user/a': 'it may lift the boundary of role/empty and assume it (iam:DeleteRolePermissionsBoundary)',
    });
  });

  test('a user with whatever it writes, and the credentials of that user', async () => {
    const bob = arnOf('user/bob');
    const found = await indirect(
      user('bob'),
      user('a', may(['iam:AttachUserPolicy', 'iam:CreateAccessKey'], bob)),
      user('b', may('iam:AttachUserPolicy', bob)),
      user('c', may('iam:CreateAccessKey', bob)),
    );
    expect(found).toEqual({
      'user/a':
        'it may write the policies of user/bob and sign in as it (iam:AttachUserPolicy and iam:CreateAccessKey)',
    });
  });

  test('what a policy of its own denies, where it may take that away', async () => {
    const deny = { ...policyOf('no', { ...may('rekognition:*'), Effect: 'Deny' }) };
    const all = policyOf('all', [may('rekognition:*'), may('iam:DeleteRolePolicy', arnOf('role/r'))]);
    const found = await indirect(
      role('r', lambda, [], { policies: [deny, all] }),
      role('s', lambda, [], { policies: [deny, policyOf('all', may('rekognition:*'))] }),
    );
    expect(found).toEqual({ 'role/r': 'it may take away what denies it (iam:DeleteRolePolicy)' });
  });

  test('what a group has that it may join, by the ARN that the group has', async () => {
    const vision = {
      name: 'vision',
      policies: [{ ...policyOf('v', may('rekognition:*')), group: 'vision' }],
    };
    const join = (resource: string) => user('u', may('iam:AddUserToGroup', resource));
    const found = async (arn: string | undefined, resource: string) => {
      const of = accountOf(faces, join(resource));
      const groups = () => [{ ...vision, ...(arn !== undefined && { arn }) }];
      const { findings } = await checkAccount({ ...of, groups }, { expectations });
      return findings.map(({ kind, summary }) => [kind, /: (.*)$/.exec(summary)?.[1]]);
    };
    const told = [['indirect', 'it may join group/vision (iam:AddUserToGroup).']];
    expect(await found(arnOf('group/vision'), '*')).toEqual(told);
    expect(await found(undefined, arnOf('group/vision'))).toEqual(told);
    expect(await found(arnOf('group/team/vision'), arnOf('group/team/*'))).toEqual(told);
    expect(await found(arnOf('group/team/vision'), arnOf('group/vision'))).toEqual([]);
    expect(await found(arnOf('group/vision'), arnOf('group/other'))).toEqual([]);
  });

  test('a role of pods, by an association of its own', async () => {
    const pods = lets({ Service: 'pods.eks.amazonaws.com' });
    const pod = role('pod', { ...pods, Action: ['sts:AssumeRole', 'sts:TagSession'] }, may('rekognition:*'));
    const eve = user('eve', may(['iam:PassRole', 'eks:CreatePodIdentityAssociation']));
    expect(await indirect(pod, eve)).toEqual({
      'user/eve':
        'it may hand role/pod to pods.eks.amazonaws.com (iam:PassRole and eks:CreatePodIdentityAssociation)',
    });
  });

  test('all roles that a row leads to, in one row', async () => {
    const more = ['a', 'b', 'c'].map((name) => role(name, lambda, may('rekognition:*')));
    const eve = user('eve', may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']));
    expect((await indirect(...more, eve))['user/eve']).toMatch(
      /^it may hand role\/\w+ \(or role\/\w+, role\/\w+ and 1 more\) to lambda.amazonaws.com/,
    );
  });

  test('is no finding of whoever is not judged, nor what is expected', async () => {
    const any = expectationsOf('default: any\n');
    const { findings } = await checkAccount(accountOf(faces, user('u', may('iam:*'))), { expectations: any });
    expect(findings).toEqual([]);
    const all = expectationsOf('default: [AmazonRekognitionFullAccess]\n');
    const full = user('u', [may('iam:*'), may('rekognition:*')]);
    const report = await checkAccount(accountOf(full), { expectations: all });
    expect(report.findings.filter(({ kind }) => kind === 'indirect')).toEqual([]);
  });
});
