import { describe, expect, it } from 'vitest';
import { decide, PolicyCompiler } from '../index.ts';
import type { PolicySet, PolicySource, RequestContext } from '../src/types.ts';

const compiler = new PolicyCompiler(['rekognition:DeleteCollection', 'rekognition:ListCollections']);
const ARN = 'arn:aws:rekognition:us-east-1:123456789012:collection/visitors';
const ROLE = 'arn:aws:iam::123456789012:role/app/ann';
const SESSION = 'arn:aws:sts::123456789012:assumed-role/ann/s1';
const USER = 'arn:aws:iam::123456789012:user/ann';

function source(name: string, ...statements: object[]): PolicySource {
  return {
    name,
    type: 'inline',
    text: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2),
  };
}

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const nothing = { Effect: 'Deny', Action: 'rekognition:*', Resource: '*' };
const other = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
const [allow, deny, apart] = [source('allow', everything), source('deny', nothing), source('apart', other)];

function ask(set: PolicySet, action = 'rekognition:DeleteCollection', context: RequestContext = {}) {
  return decide(compiler.compileSet(set), { action, resource: ARN, context });
}

/** `allowed`, or the kind of denial and the layer that blocked. */
function outcome(set: PolicySet, context: RequestContext = {}): string {
  const { decision, blockedBy } = ask(set, undefined, context);
  return blockedBy === undefined ? decision : `${decision} by ${blockedBy}`;
}

describe('layers', () => {
  it.each<[string, PolicySet, string]>([
    ['no policies', { identity: [] }, 'implicitDeny by identity'],
    ['an allow', { identity: [allow] }, 'allowed'],
    ['a deny beside it', { identity: [allow, deny] }, 'explicitDeny by identity'],
    ['only a deny', { identity: [deny] }, 'explicitDeny by identity'],
    ['a boundary that allows', { identity: [allow], boundary: allow }, 'allowed'],
    ['a boundary about something else', { identity: [allow], boundary: apart }, 'implicitDeny by boundary'],
    ['a boundary alone', { identity: [], boundary: allow }, 'implicitDeny by identity'],
    ['a boundary that denies', { identity: [allow], boundary: deny }, 'explicitDeny by boundary'],
    ['SCP levels that all allow', { identity: [allow], scps: [[apart, allow], [allow]] }, 'allowed'],
    ['one SCP level that does not', { identity: [allow], scps: [[allow], [apart]] }, 'implicitDeny by scp'],
    ['an SCP level without policies', { identity: [allow], scps: [[allow], []] }, 'implicitDeny by scp'],
    ['no SCP levels', { identity: [allow], scps: [] }, 'allowed'],
    ['an SCP that denies', { identity: [], scps: [[allow, deny]] }, 'explicitDeny by scp'],
    ['session policies, one allows', { identity: [allow], session: [apart, allow] }, 'allowed'],
    ['a session policy that does not', { identity: [allow], session: [apart] }, 'implicitDeny by session'],
    ['an empty list of session policies', { identity: [allow], session: [] }, 'allowed'],
    ['several that block', { identity: [], boundary: apart, scps: [[apart]] }, 'implicitDeny by scp'],
    ['several that deny', { identity: [deny], boundary: deny, session: [deny] }, 'explicitDeny by identity'],
  ])('%s', (_, set, expected) => {
    expect(outcome(set)).toBe(expected);
  });

  it('lets RCPs only ever deny', () => {
    const rcp = (statement: object) => source('rcp', { ...statement, Principal: '*' });
    expect(outcome({ identity: [allow], rcps: [[]] })).toBe('allowed');
    expect(outcome({ identity: [allow], rcps: [[rcp(other)]] })).toBe('allowed');
    expect(outcome({ identity: [deny], rcps: [[], [rcp(nothing)]] })).toBe('explicitDeny by rcp');
  });
});

describe('a resource policy of the same account', () => {
  const grant = (principal: unknown, statement: object = everything) =>
    source('resource', { ...statement, Principal: principal });
  const role = { 'aws:PrincipalArn': ROLE, 'aws:userid': 'AROAEXAMPLE:s1' };
  const user = { 'aws:PrincipalArn': USER };
  const federated = { 'aws:PrincipalArn': 'arn:aws:sts::123456789012:federated-user/ann' };
  const limits = { boundary: apart, session: [apart] };

  it.each<[string, unknown, RequestContext, string, string]>([
    ['everybody', '*', {}, 'allowed', 'allowed'],
    ['everybody, as AWS', { AWS: '*' }, role, 'allowed', 'allowed'],
    ['the user', { AWS: USER }, user, 'allowed', 'allowed'],
    ['the role of the session', { AWS: ROLE }, role, 'allowed', 'implicitDeny by boundary'],
    ['the session', { AWS: [SESSION] }, role, 'allowed', 'allowed'],
    ['another session', { AWS: `${SESSION}x` }, role, 'implicitDeny by identity', 'implicitDeny by identity'],
    [
      'a session, name unknown',
      { AWS: SESSION },
      { 'aws:PrincipalArn': ROLE },
      'implicitDeny by identity',
      'implicitDeny by identity',
    ],
    ['the federated session', { AWS: federated['aws:PrincipalArn'] }, federated, 'allowed', 'allowed'],
    ['the user behind a federated session', { AWS: USER }, federated, 'allowed', 'implicitDeny by boundary'],
    // The account as principal leaves it to the identity-based policies.
    ['the account', { AWS: '123456789012' }, user, 'implicitDeny by identity', 'implicitDeny by identity'],
    [
      'a service',
      { Service: 'rekognition.amazonaws.com' },
      role,
      'implicitDeny by identity',
      'implicitDeny by identity',
    ],
    [
      'somebody, asked by nobody known',
      { AWS: USER },
      {},
      'implicitDeny by identity',
      'implicitDeny by identity',
    ],
  ])('grants to %s', (_, principal, context, alone, limited) => {
    const resource = grant(principal);
    expect(outcome({ identity: [], resource }, context)).toBe(alone);
    expect(outcome({ identity: [], resource, ...limits }, context)).toBe(limited);
    expect(outcome({ identity: [allow], resource, boundary: deny }, context)).toBe(
      'explicitDeny by boundary',
    );
    expect(outcome({ identity: [allow], resource, scps: [[apart]] }, context)).toBe('implicitDeny by scp');
  });

  it('denies whom it names, the account included', () => {
    for (const principal of [
      '*',
      { AWS: ROLE },
      { AWS: SESSION },
      { AWS: 'arn:aws:iam::123456789012:root' },
    ]) {
      const set = { identity: [allow], resource: grant(principal, nothing) };
      expect(outcome(set, role)).toBe('explicitDeny by resource');
    }
    expect(outcome({ identity: [allow], resource: grant({ AWS: USER }, nothing) }, role)).toBe('allowed');
  });

  it('with NotPrincipal denies all others, and everybody who has a boundary', () => {
    const resource = source('resource', { ...nothing, NotPrincipal: { AWS: ROLE } });
    expect(outcome({ identity: [allow], resource }, role)).toBe('allowed');
    expect(outcome({ identity: [allow], resource }, user)).toBe('explicitDeny by resource');
    expect(outcome({ identity: [allow], resource, boundary: allow }, role)).toBe('explicitDeny by resource');
  });
});

describe('matched statements', () => {
  it('are those of all layers, denies first', () => {
    const both = source('both', other, everything, nothing);
    const { matched } = ask({ identity: [both, allow], boundary: both });
    const found = matched.map(({ layer, policy, statement }) => `${layer} ${policy.name} ${statement.index}`);
    expect(found).toEqual([
      'identity both 3',
      'boundary both 3',
      'identity both 2',
      'identity allow 1',
      'boundary both 2',
    ]);
  });

  it('carry the source that was given, with its place', () => {
    const { matched } = ask({ identity: [allow] });
    expect(matched).toMatchObject([
      { policy: allow, layer: 'identity', statement: { start: { line: 4, column: 5 } } },
    ]);
  });
});

describe('actions', () => {
  const ready = (...actions: string[]) => ({ identity: [source('p', { ...everything, Action: actions })] });

  it.each([
    ['rekognition:listCollections', 'rekognition:ListCollections', 'allowed'],
    ['rekognition:listCollections', 'REKOGNITION:LISTCOLLECTIONS', 'allowed'],
    ['rekognition:List*', 'rekognition:ListCollections', 'allowed'],
    ['rekognition:List?ollections', 'rekognition:ListCollections', 'allowed'],
    ['rekognition:List', 'rekognition:ListCollections', 'implicitDeny'],
    ['*:*', 'rekognition:ListCollections', 'allowed'],
    // Outside the table of actions.
    ['s3:Get*', 's3:GetObject', 'allowed'],
    ['s3:get*', 'S3:GETObject', 'allowed'],
    ['s3:Get*', 's3:PutObject', 'implicitDeny'],
  ])('%s covers %s: %s', (pattern, action, expected) => {
    expect(ask(ready(pattern), action).decision).toBe(expected);
    const denied = source('not', { Effect: 'Deny', NotAction: pattern, Resource: '*' });
    const opposite = expected === 'allowed' ? 'allowed' : 'explicitDeny';
    expect(ask({ identity: [allow, denied] }, action).decision).toBe(opposite);
  });
});

describe('sharing', () => {
  it('gives equal policies one compiled set, and keeps apart those with other names', () => {
    const copy = { ...allow, text: `${allow.text}` };
    expect(compiler.compileSet({ identity: [copy] })).toBe(compiler.compileSet({ identity: [allow] }));
    const renamed = compiler.compileSet({ identity: [{ ...allow, name: 'renamed' }] });
    expect(renamed).not.toBe(compiler.compileSet({ identity: [allow] }));
    expect(compiler.compileSet({ identity: [allow], scps: [[allow]] })).not.toBe(
      compiler.compileSet({ identity: [allow], scps: [[], [allow]] }),
    );
    expect(compiler.compileSet({ identity: [allow, deny] })).not.toBe(
      compiler.compileSet({ identity: [allow], boundary: deny }),
    );
  });

  it('forgets old sets and stays right', () => {
    for (let number = 0; number < 5100; number += 1) {
      const mine = source(`p${number}`, { ...everything, Sid: `S${number}` });
      expect(ask({ identity: [mine] }).matched[0]?.statement.sid).toBe(`S${number}`);
    }
    expect(outcome({ identity: [allow] })).toBe('allowed');
  });
});
