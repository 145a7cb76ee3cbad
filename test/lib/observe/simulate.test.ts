import { afterEach, describe, expect, test } from 'vitest';
import { AccessError, InputError, PrincipalGoneError } from '#lib/errors.ts';
import { createPace } from '#lib/observe/pace.ts';
import { type Simulation, simulatePrincipal } from '#lib/observe/simulate.ts';
import { groupCalls } from '#lib/plan/group.ts';
import type { Request, RequestContext } from '#lib/policy/types.ts';
import { members, type QueryAnswer, type QueryServer, startQueryServer } from '#test/support/query-server.ts';

const COLLECTION = 'arn:aws:rekognition:us-east-1:123456789012:collection/visitors';
const OTHER = 'arn:aws:rekognition:us-east-1:123456789012:collection/other';
const PROCESSOR = 'arn:aws:rekognition:us-east-1:123456789012:streamprocessor/door';
const PRINCIPAL = 'arn:aws:iam::123456789012:role/team/analyst';

/** One SimulatePrincipalPolicy call as the server got it. */
interface Asked {
  readonly actions: string[];
  readonly resources: string[];
  readonly parameters: URLSearchParams;
}

let server: QueryServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function simulate(
  answer: (asked: Asked) => QueryAnswer,
  requests: readonly Request[],
  more: Partial<Simulation> & { maxAttempts?: number } = {},
) {
  const { maxAttempts = 1, ...options } = more;
  server = await startQueryServer((parameters) =>
    answer({
      actions: members(parameters, 'ActionNames'),
      resources: members(parameters, 'ResourceArns'),
      parameters,
    }),
  );
  const evidence = await simulatePrincipal({
    client: server.client({ maxAttempts }),
    principalArn: PRINCIPAL,
    requests,
    calls: groupCalls(requests),
    pace: createPace({ callsPerSecond: Number.POSITIVE_INFINITY }),
    ...options,
  });
  return { evidence, asked: server.calls };
}

const request = (action: string, resource = '*', context: RequestContext = {}): Request => ({
  action: `rekognition:${action}`,
  resource,
  context,
});

type Verdict = 'allowed' | 'implicitDeny' | 'explicitDeny';

/** Results as IAM words them since 2026-07-30: one an action, the worst decision on top. */
function results(
  { actions, resources }: Pick<Asked, 'actions' | 'resources'>,
  decide: (action: string, resource: string) => Verdict,
  more: object = {},
): QueryAnswer {
  const order: Verdict[] = ['allowed', 'implicitDeny', 'explicitDeny'];
  return {
    result: {
      EvaluationResults: {
        member: actions.map((action) => {
          const all = (resources.length === 0 ? ['*'] : resources).map((resource) => ({
            EvalResourceName: resource,
            EvalResourceDecision: decide(action, resource),
          }));
          const worst = Math.max(...all.map((one) => order.indexOf(one.EvalResourceDecision)));
          return {
            EvalActionName: action,
            EvalResourceName:
              resources.length > 1 ? 'arn:aws:rekognition:${Region}:${Account}:x' : (resources[0] ?? '*'),
            EvalDecision: order[worst],
            MatchedStatements: '',
            MissingContextValues: '',
            ...(resources.length === 0 ? {} : { ResourceSpecificResults: { member: all } }),
            ...more,
          };
        }),
      },
      IsTruncated: false,
    },
  };
}

const fail = (code: string, message: string, status = 400): QueryAnswer => ({
  error: { code, message, status },
});

describe('simulatePrincipal', () => {
  test('answers each request, in order, from the resources of each action', async () => {
    const requests = [
      request('SearchFaces', OTHER),
      request('DetectFaces'),
      request('SearchFaces', COLLECTION),
      request('DeleteCollection', COLLECTION),
    ];
    const { evidence, asked } = await simulate(
      (call) =>
        results(call, (action, resource) =>
          action.endsWith('DeleteCollection')
            ? 'explicitDeny'
            : resource === OTHER
              ? 'implicitDeny'
              : 'allowed',
        ),
      requests,
    );
    expect(evidence.map(({ decision }) => decision)).toEqual([
      'implicitDeny',
      'allowed',
      'allowed',
      'explicitDeny',
    ]);
    expect(asked).toHaveLength(2);
    expect(asked.map((call) => [call.get('PolicySourceArn'), call.get('MaxItems')])).toEqual([
      [PRINCIPAL, '1000'],
      [PRINCIPAL, '1000'],
    ]);
  });

  test('reads the top level where one ARN was asked and no resource is spoken of', async () => {
    const { evidence } = await simulate(
      ({ actions }) => ({
        result: { EvaluationResults: { member: { EvalActionName: actions[0], EvalDecision: 'allowed' } } },
      }),
      [request('SearchFaces', COLLECTION)],
    );
    expect(evidence).toEqual([{ kind: 'simulated', decision: 'allowed' }]);
  });

  test('reads statements, boundary and organization', async () => {
    const statement = {
      SourcePolicyId: 'role_analyst_own_policy',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 3, Column: 9 },
      EndPosition: { Line: 7, Column: 4 },
    };
    const { evidence } = await simulate(
      ({ actions }) => ({
        result: {
          EvaluationResults: {
            member: actions.map((action) => ({
              EvalActionName: action,
              EvalResourceName: '*',
              EvalDecision: action.endsWith('Labels') ? 'allowed' : 'implicitDeny',
              MatchedStatements: action.endsWith('Labels') ? { member: statement } : '',
              MissingContextValues: action.endsWith('Faces') ? { member: ['aws:SourceIp'] } : '',
              OrganizationsDecisionDetail: { AllowedByOrganizations: !action.endsWith('Text') },
              PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: !action.endsWith('Faces') },
            })),
          },
        },
      }),
      [request('DetectLabels'), request('DetectFaces'), request('DetectText')],
    );
    expect(evidence).toEqual([
      {
        kind: 'simulated',
        decision: 'allowed',
        pointers: [
          {
            sourcePolicyId: 'role_analyst_own_policy',
            sourcePolicyType: 'IAM Policy',
            start: { line: 3, column: 9 },
            end: { line: 7, column: 4 },
          },
        ],
        allowedByOrganizations: true,
        allowedByBoundary: true,
      },
      {
        kind: 'simulated',
        decision: 'implicitDeny',
        blockedBy: 'boundary',
        allowedByOrganizations: true,
        allowedByBoundary: false,
        missingContextKeys: ['aws:SourceIp'],
      },
      {
        kind: 'simulated',
        decision: 'implicitDeny',
        blockedBy: 'scp',
        allowedByOrganizations: false,
        allowedByBoundary: true,
      },
    ]);
  });

  test('does not say which resource an SCP blocked when the answer does not', async () => {
    const { evidence } = await simulate(
      (call) =>
        results(call, (_, resource) => (resource === OTHER ? 'implicitDeny' : 'allowed'), {
          OrganizationsDecisionDetail: { AllowedByOrganizations: false },
        }),
      [request('SearchFaces', OTHER), request('SearchFaces', COLLECTION)],
    );
    expect(evidence.map(({ blockedBy }) => blockedBy)).toEqual([undefined, undefined]);
    expect(evidence.map(({ allowedByOrganizations }) => allowedByOrganizations)).toEqual([false, true]);
  });

  test('reads every page and never changes the request between them', async () => {
    const actions = ['DetectFaces', 'DetectLabels', 'DetectText', 'CompareFaces'];
    const { evidence, asked } = await simulate(
      ({ actions: names, parameters }) => {
        const offset = Number(parameters.get('Marker') ?? 0);
        const page = names.slice(offset, offset + 1).filter(() => offset !== 1);
        const answer = results({ actions: page, resources: [] }, () => 'allowed');
        if ('error' in answer) return answer;
        const more = offset + 1 < names.length + 1;
        return {
          result: { ...answer.result, IsTruncated: more, ...(more ? { Marker: String(offset + 1) } : {}) },
        };
      },
      actions.map((action) => request(action)),
    );
    // The second page was empty; what it left out is asked again.
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'allowed', 'allowed', 'allowed']);
    const firstCall = asked.slice(0, 5).map((call) => {
      const copy = new URLSearchParams(call);
      copy.delete('Marker');
      return copy.toString();
    });
    expect(new Set(firstCall).size).toBe(1);
  });

  test('does not go round for ever with a marker that comes again', async () => {
    const { evidence, asked } = await simulate(
      () => ({ result: { EvaluationResults: '', IsTruncated: true, Marker: 'again' } }),
      [request('DetectFaces')],
    );
    expect(evidence[0]).toMatchObject({ decision: 'inconclusive', reason: "IAM's answer left it out" });
    expect(asked.length).toBeLessThan(5);
  });

  test('asks each resource alone when an answer does not tell them apart', async () => {
    const { evidence, asked } = await simulate(
      (call) =>
        call.resources.length > 1
          ? {
              result: {
                EvaluationResults: {
                  member: { EvalActionName: call.actions[0], EvalDecision: 'implicitDeny' },
                },
              },
            }
          : results(call, (_, resource) => (resource === OTHER ? 'implicitDeny' : 'allowed')),
      [request('SearchFaces', OTHER), request('SearchFaces', COLLECTION)],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['implicitDeny', 'allowed']);
    expect(asked).toHaveLength(3);
  });

  test('matches actions in any letter case, and takes unknown decisions and contradictions for what they are', async () => {
    const { evidence } = await simulate(
      () => ({
        result: {
          EvaluationResults: {
            member: [
              { EvalActionName: 'rekognition:DETECTFACES', EvalDecision: 'allowed' },
              { EvalActionName: 'rekognition:DetectLabels', EvalDecision: 'perhaps' },
              { EvalActionName: 'rekognition:DetectText', EvalDecision: 'allowed' },
              { EvalActionName: 'rekognition:DetectText', EvalDecision: 'implicitDeny' },
              { EvalActionName: 'rekognition:DetectText', EvalDecision: 'allowed' },
            ],
          },
        },
      }),
      [request('DetectFaces'), request('DetectLabels'), request('DetectText')],
    );
    expect(evidence).toMatchObject([
      { decision: 'allowed' },
      { decision: 'inconclusive', reason: expect.stringMatching(/"perhaps"/) },
      { decision: 'inconclusive', reason: expect.stringMatching(/answered it twice/) },
    ]);
  });

  test('splits by the groups of actions that IAM cannot judge together', async () => {
    const message =
      'Invalid Input Actions: [rekognition:SearchFaces,rekognition:DeleteFaces] and [rekognition:BrandNew] require different authorization information.';
    const { evidence, asked } = await simulate(
      (call) =>
        call.actions.length > 1 && call.actions.includes('rekognition:BrandNew')
          ? fail('InvalidInput', message)
          : results(call, () => 'allowed'),
      [
        request('SearchFaces', COLLECTION),
        request('BrandNew', COLLECTION),
        request('DeleteFaces', COLLECTION),
      ],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'allowed', 'allowed']);
    expect(asked.map((call) => members(call, 'ActionNames').length).sort()).toEqual([1, 2, 3]);
  });

  test('falls back to one action a call when the groups do not help', async () => {
    const { evidence, asked } = await simulate(
      (call) =>
        call.actions.length > 1
          ? fail('InvalidInput', 'Invalid Input Actions: they require different authorization information.')
          : results(call, () => 'allowed'),
      ['SearchFaces', 'DeleteFaces', 'IndexFaces'].map((action) => request(action, COLLECTION)),
    );
    expect(evidence.every(({ decision }) => decision === 'allowed')).toBe(true);
    expect(asked).toHaveLength(4);
  });

  test('leaves only the resource unanswered that IAM refuses', async () => {
    const bad = 'not-an-arn';
    const { evidence } = await simulate(
      (call) =>
        call.resources.includes(bad)
          ? fail('InvalidInput', `ResourceNames are not in a valid ARN format: ${bad}.`)
          : results(call, () => 'allowed'),
      [request('SearchFaces', COLLECTION), request('SearchFaces', bad), request('SearchFaces', OTHER)],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive', 'allowed']);
    expect(evidence[1]?.reason).toMatch(/InvalidInput.*not in a valid ARN format/);
  });

  test('finds the refused action by halves when the message names nothing', async () => {
    const actions = ['DetectFaces', 'DetectLabels', 'DetectText', 'CompareFaces', 'RecognizeCelebrities'];
    const { evidence } = await simulate(
      (call) =>
        call.actions.includes('rekognition:DetectText')
          ? fail('ValidationError', 'something is wrong')
          : results(call, () => 'allowed'),
      actions.map((action) => request(action)),
    );
    expect(evidence.map(({ decision }) => decision)).toEqual([
      'allowed',
      'allowed',
      'inconclusive',
      'allowed',
      'allowed',
    ]);
  });

  test('does not take a call apart when its parts would be refused as well', async () => {
    const { evidence, asked } = await simulate(
      () => fail('InvalidInput', 'Invalid ARN provided in the request: arn:aws:iam::123456789012:root'),
      ['DetectFaces', 'DetectLabels', 'DetectText'].map((action) => request(action)),
    );
    expect(asked).toHaveLength(1);
    expect(evidence.every(({ decision }) => decision === 'inconclusive')).toBe(true);
  });

  const unanswered: [name: string, answer: QueryAnswer, reason: RegExp][] = [
    [
      'throttling',
      fail('Throttling', 'Rate exceeded'),
      /did not answer: Throttling: Rate exceeded \(2 attempts\)/,
    ],
    ['a failed evaluation', fail('PolicyEvaluation', 'failed', 500), /did not answer: PolicyEvaluation/],
    ['an internal failure', fail('InternalFailure', 'oops', 500), /did not answer: InternalFailure/],
  ];
  test.each(unanswered)('is inconclusive after %s, and answers the rest', async (_, answer, reason) => {
    const { evidence, asked } = await simulate(
      (call) => (call.resources.length > 0 ? answer : results(call, () => 'allowed')),
      [request('DetectFaces'), request('SearchFaces', COLLECTION)],
      { maxAttempts: 2 },
    );
    expect(evidence[0]?.decision).toBe('allowed');
    expect(evidence[1]?.decision).toBe('inconclusive');
    expect(evidence[1]?.reason).toMatch(reason);
    expect(asked).toHaveLength(3);
  });

  test('keeps the pages it has when the next one fails', async () => {
    const { evidence } = await simulate(
      ({ actions, parameters }) => {
        if (parameters.has('Marker')) return fail('ServiceUnavailable', 'later', 503);
        const answer = results({ actions: actions.slice(0, 1), resources: [] }, () => 'allowed');
        return 'error' in answer ? answer : { result: { ...answer.result, IsTruncated: true, Marker: '1' } };
      },
      [request('DetectFaces'), request('DetectLabels')],
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive']);
  });

  test('is inconclusive when nobody answers at all', async () => {
    const idle = await startQueryServer(() => ({ result: {} }));
    const client = idle.client();
    await idle.stop();
    const { evidence } = await simulate(() => ({ result: {} }), [request('DetectFaces')], { client });
    expect(evidence[0]).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringMatching(/did not answer/),
    });
  });

  test('fails loudly when the caller may not simulate', async () => {
    const simulating = simulate(
      () => fail('AccessDenied', 'User x is not authorized', 403),
      [request('DetectFaces')],
    );
    await expect(simulating).rejects.toThrow(AccessError);
    await expect(simulating).rejects.toThrow(/not permitted to simulate .*analyst: AccessDenied/);
  });

  test('says that the principal is gone', async () => {
    await expect(
      simulate(() => fail('NoSuchEntity', 'Unable to retrieve', 404), [request('DetectFaces')]),
    ).rejects.toThrow(PrincipalGoneError);
  });

  test('a denial on an ARN that the simulator does not judge is no answer; anything else is', async () => {
    const requests = [
      request('CreateCollection', COLLECTION),
      request('CreateProject', 'arn:aws:rekognition:us-east-1:123456789012:project/p/1'),
      request('DeleteFaces', PROCESSOR),
      request('DeleteFaces', COLLECTION),
      request('CreateCollection'),
    ];
    const denied = await simulate((call) => results(call, () => 'implicitDeny'), requests);
    expect(denied.evidence.map(({ decision }) => decision)).toEqual([
      'inconclusive',
      'inconclusive',
      'inconclusive',
      'implicitDeny',
      'implicitDeny',
    ]);
    await server?.stop();
    const forbidden = await simulate((call) => results(call, () => 'explicitDeny'), requests);
    expect(forbidden.evidence.every(({ decision }) => decision === 'explicitDeny')).toBe(true);
  });

  test('an answer of one call stands where another call was refused', async () => {
    const requests = [request('SearchFaces', COLLECTION), request('SearchFaces', OTHER)];
    const [first] = requests;
    const { evidence } = await simulate(
      (call) =>
        call.resources.length > 1 ? fail('Throttling', 'Rate exceeded') : results(call, () => 'allowed'),
      requests,
      { calls: [...groupCalls(requests), ...groupCalls(first ? [first] : [])] },
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'inconclusive']);
  });

  test('what no call asks is inconclusive', async () => {
    const { evidence } = await simulate(() => ({ result: {} }), [request('DetectFaces')], { calls: [] });
    expect(evidence[0]).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringMatching(/^not asked/),
    });
  });

  test('stops when told to, and says what was not answered', async () => {
    const stopped = AbortSignal.abort();
    const { evidence, asked } = await simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces')],
      {
        signal: stopped,
      },
    );
    expect(asked).toHaveLength(0);
    expect(evidence[0]).toMatchObject({ decision: 'inconclusive', reason: expect.stringMatching(/stopped/) });
  });

  test('gives every context key its type', async () => {
    const context: RequestContext = {
      'aws:SecureTransport': 'true',
      'AWS:MultiFactorAuthAge': '60',
      'aws:CurrentTime': '2026-11-24T00:00:00Z',
      'aws:EpochTime': '1795478400',
      'aws:SourceIp': '192.0.2.1',
      'aws:TagKeys': 'team',
      'aws:PrincipalTag/team': 'vision',
      'custom:list': ['a', 'b'],
      'aws:CalledVia': [],
    };
    const { asked } = await simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces', '*', context)],
    );
    const parameters = asked[0] ?? new URLSearchParams();
    const entries: string[][] = [];
    for (let index = 1; parameters.has(`ContextEntries.member.${index}.ContextKeyName`); index++) {
      const prefix = `ContextEntries.member.${index}`;
      entries.push([
        String(parameters.get(`${prefix}.ContextKeyName`)),
        String(parameters.get(`${prefix}.ContextKeyType`)),
        ...members(parameters, `${prefix}.ContextKeyValues`),
      ]);
    }
    expect(entries).toEqual([
      ['aws:SecureTransport', 'boolean', 'true'],
      ['AWS:MultiFactorAuthAge', 'numeric', '60'],
      ['aws:CurrentTime', 'date', '2026-11-24T00:00:00Z'],
      ['aws:EpochTime', 'numeric', '1795478400'],
      ['aws:SourceIp', 'ip', '192.0.2.1'],
      ['aws:TagKeys', 'stringList', 'team'],
      ['aws:PrincipalTag/team', 'string', 'vision'],
      ['custom:list', 'stringList', 'a', 'b'],
    ]);
  });

  test('refuses a context key given twice', async () => {
    const context = { 'aws:SourceIp': '192.0.2.1', 'AWS:sourceip': '192.0.2.2' };
    const simulating = simulate(
      (call) => results(call, () => 'allowed'),
      [request('DetectFaces', '*', context)],
    );
    await expect(simulating).rejects.toThrow(InputError);
  });

  test('answers are kept apart by context', async () => {
    const requests = ['true', 'false'].map((value) =>
      request('DetectFaces', '*', { 'aws:MultiFactorAuthPresent': value }),
    );
    const { evidence } = await simulate(
      (call) =>
        results(call, () =>
          call.parameters.get('ContextEntries.member.1.ContextKeyValues.member.1') === 'true'
            ? 'allowed'
            : 'implicitDeny',
        ),
      requests,
    );
    expect(evidence.map(({ decision }) => decision)).toEqual(['allowed', 'implicitDeny']);
  });
});
