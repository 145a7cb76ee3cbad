import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../reference/evaluate.ts';
import { PolicyCompiler } from '../src/compile.ts';
import { decide, decideAsSimulator, isKnownDifference } from '../src/evaluate.ts';
import { accessOf, casesOf } from '../src/solver/cases.ts';
import type { PolicySet, PolicySource, Request, RequestContext } from '../src/types.ts';

const account = '111122223333';
const role = `arn:aws:iam::${account}:role/team/scanner`;
const caller = { 'aws:PrincipalArn': role, 'aws:PrincipalAccount': account, 'aws:userid': 'AROA1:job' };
const actions = ['rekognition:DetectLabels', 'rekognition:DeleteFaces'];
const [detect = '', deleteFaces = ''] = actions;

const policy = (name: string, type: PolicySource['type'], ...Statement: unknown[]): PolicySource => ({
  name,
  type,
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});
const allow = (Action: unknown, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const deny = (Action: unknown, more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' });
const everybody = { Principal: '*' };
const all = policy('all', 'inline', allow('*'));
const only = (...ids: string[]) =>
  policy('only', 'inline', allow('*', { Condition: { StringEquals: { 'aws:SourceVpce': ids } } }));
const labels = policy('vpce-1', 'endpoint', allow('rekognition:Detect*', everybody));

const compile = (set: PolicySet) => new PolicyCompiler(actions).compileSet(set);
const ask = (set: PolicySet, action: string, more: RequestContext = {}) => {
  const request: Request = { action, resource: '*', context: { ...caller, ...more } };
  const { decision, blockedBy } = decide(compile(set), request);
  const slow = evaluate(set, request);
  expect([slow.decision, slow.blockedBy]).toEqual([decision, blockedBy]);
  return blockedBy === undefined ? decision : `${decision} by ${blockedBy}`;
};
const access = (set: PolicySet, action: string) =>
  accessOf(compile(set), action, { resource: '*', known: caller });

const through = (id: string) => ({ 'aws:SourceVpce': id });

describe('the policy of a VPC endpoint', () => {
  it('binds what comes through the endpoint, and nothing else', () => {
    const set = { identity: [all], endpoints: [labels] };
    expect(ask(set, detect, through('vpce-1'))).toBe('allowed');
    expect(ask(set, deleteFaces, through('vpce-1'))).toBe('implicitDeny by endpoint');
    expect(ask(set, deleteFaces, through('vpce-2'))).toBe('allowed');
    expect(ask(set, deleteFaces)).toBe('allowed');
    expect(access(set, deleteFaces)).toBe('conditional');
    expect(access(set, detect)).toBe('full');
  });

  it('narrows what other policies let through that endpoint only', () => {
    const endpoints = [labels];
    expect(access({ identity: [only('vpce-1')], endpoints }, deleteFaces)).toBe('none');
    expect(access({ identity: [only('vpce-1')], endpoints }, detect)).toBe('conditional');
    expect(access({ identity: [only('vpce-1', 'vpce-2')], endpoints }, deleteFaces)).toBe('conditional');
    const other = policy('vpce-2', 'endpoint', allow('rekognition:Describe*', everybody));
    const both = { identity: [only('vpce-1', 'vpce-2')], endpoints: [labels, other] };
    expect(access(both, deleteFaces)).toBe('none');
    // Whom an SCP sends through the endpoint, too.
    expect(access({ identity: [all], scps: [[only('vpce-1')]], endpoints }, deleteFaces)).toBe('none');
  });

  it('takes with a Deny what comes through the endpoint only', () => {
    const endpoints = [policy('vpce-1', 'endpoint', allow('*', everybody), deny(deleteFaces, everybody))];
    const set = { identity: [all], endpoints };
    expect(ask(set, deleteFaces, through('vpce-1'))).toBe('explicitDeny by endpoint');
    expect(ask(set, deleteFaces)).toBe('allowed');
    expect(ask(set, detect, through('vpce-1'))).toBe('allowed');
  });

  const session = `arn:aws:sts::${account}:assumed-role/scanner/job`;
  test.each([
    ['everybody', '*', true],
    ['everybody, as AWS', { AWS: '*' }, true],
    ['the account', { AWS: account }, true],
    ['the account by its root', { AWS: `arn:aws:iam::${account}:root` }, true],
    ['the role', { AWS: [`arn:aws:iam::${account}:role/x`, role] }, true],
    ['its session', { AWS: session }, true],
    ['another session of it', { AWS: session.replace('/job', '/other') }, false],
    ['another role', { AWS: `arn:aws:iam::${account}:role/scanner` }, false],
    ['another account', { AWS: '999988887777' }, false],
    ['a service', { Service: 'lambda.amazonaws.com' }, false],
    ['a deleted role', { AWS: 'AROAABCDEFGHIJKLMNOPQ' }, false],
  ])('means with its Principal %s', (_, Principal, isMeant) => {
    const allowing = policy('vpce-1', 'endpoint', allow('*', { Principal }));
    const denying = policy('vpce-1', 'endpoint', allow('*', everybody), deny('*', { Principal }));
    const of = (endpoint: PolicySource) =>
      ask({ identity: [all], endpoints: [endpoint] }, detect, through('vpce-1'));
    expect(of(allowing)).toBe(isMeant ? 'allowed' : 'implicitDeny by endpoint');
    expect(of(denying)).toBe(isMeant ? 'explicitDeny by endpoint' : 'allowed');
  });

  it('takes nothing by a NotPrincipal', () => {
    const NotPrincipal = { AWS: role };
    const endpoint = (...statements: unknown[]) => [policy('vpce-1', 'endpoint', ...statements)];
    const of = (endpoints: PolicySource[]) =>
      decide(compile({ identity: [all], endpoints }), {
        action: detect,
        resource: '*',
        context: { ...caller, ...through('vpce-1') },
      }).decision;
    expect(of(endpoint(allow('*', { NotPrincipal })))).toBe('allowed');
    const others = { NotPrincipal: { AWS: 'arn:aws:iam::111122223333:role/other' } };
    expect(of(endpoint(allow('*', everybody), deny('*', others)))).toBe('allowed');
  });

  it('is no layer where it lets everything through', () => {
    const open = policy('vpce-1', 'endpoint', allow('*', everybody));
    expect(compile({ identity: [all], endpoints: [open] }).layers.map(({ layer }) => layer)).toEqual([
      'identity',
    ]);
  });

  it('is not seen by the simulator, which is a known difference', () => {
    const set = compile({ identity: [only('vpce-1')], endpoints: [labels] });
    const request = { action: deleteFaces, resource: '*', context: { ...caller, ...through('vpce-1') } };
    expect(decideAsSimulator(set, request).decision).toBe('allowed');
    expect(isKnownDifference(set, request)).toBe(true);
    expect(isKnownDifference(set, { ...request, action: detect })).toBe(false);
  });

  it('reports its own statements alone, and of those that allow none that was not needed', () => {
    const set = compile({ identity: [all], endpoints: [labels] });
    const matched = (context: RequestContext) =>
      decide(set, { action: detect, resource: '*', context: { ...caller, ...context } }).matched.map(
        ({ layer, statement, policy: { name } }) => `${layer} ${name} ${statement.index}`,
      );
    expect(matched(through('vpce-1'))).toEqual(['identity all 1', 'endpoint vpce-1 1']);
    expect(matched({})).toEqual(['identity all 1']);
  });

  it('gives way to a statement of it that cannot be read', () => {
    const broken = policy('vpce-1', 'endpoint', allow(['rekognition:Detect*'], everybody), {
      ...allow('*', everybody),
      Condition: { NoOperator: { a: 'b' } },
    });
    const set = new PolicyCompiler(actions, { unreadable: 'keep' }).compileSet({
      identity: [only('vpce-1')],
      endpoints: [broken],
    });
    const request = { action: deleteFaces, resource: '*', context: { ...caller, ...through('vpce-1') } };
    expect(decide(set, request)).toMatchObject({
      decision: 'implicitDeny',
      doubt: expect.stringContaining('vpce-1'),
    });
  });
});

const ids = ['vpce-1', 'vpce-2', 'vpce-3'];
const who = ['*', { AWS: account }, { AWS: role }, { AWS: '999988887777' }];
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Action: fc.constantFrom('*', ...actions),
  Resource: fc.constant('*'),
});
const condition = fc
  .option(fc.subarray(ids, { minLength: 1 }), { nil: undefined })
  .map((chosen) =>
    chosen === undefined ? {} : { Condition: { StringEquals: { 'aws:SourceVpce': chosen } } },
  );
const own = fc.array(
  fc.tuple(statement, condition).map(([one, when]) => ({ ...one, ...when })),
  {
    minLength: 1,
    maxLength: 3,
  },
);
const endpointStatements = fc.array(
  fc.tuple(statement, fc.constantFrom(...who)).map(([one, Principal]) => ({ ...one, Principal })),
  { maxLength: 3, minLength: 1 },
);
const sets = fc
  .tuple(own, fc.option(own, { nil: undefined }), fc.array(endpointStatements, { maxLength: 2 }))
  .map(
    ([identity, scp, endpoints]): PolicySet => ({
      identity: [policy('own', 'inline', ...identity)],
      ...(scp && { scps: [[policy('scp', 'scp', ...scp)]] }),
      endpoints: endpoints.map((one, index) => policy(`vpce-${index + 1}`, 'endpoint', ...one)),
    }),
  );

test('engine, search and reference agree through every endpoint and through none', () => {
  const contexts: RequestContext[] = [{}, ...ids.map(through), through('vpce-9')];
  fc.assert(
    fc.property(sets, fc.constantFrom(...actions), (set, action) => {
      const answers = contexts.map((context) => ask(set, action, context) === 'allowed');
      const { cases, complete } = casesOf(compile(set), action, { resource: '*', known: caller });
      expect(complete).toBe(true);
      const found = contexts.map((context) => cases.some((one) => one.covers({ resource: '*', context })));
      expect(found).toEqual(answers);
      expect(access(set, action)).toBe(
        answers.every(Boolean) ? 'full' : answers.some(Boolean) ? 'conditional' : 'none',
      );
    }),
    { numRuns: 300 },
  );
});
