import { describe, expect, test } from 'vitest';
import { COLLECTION, OTHER, PRINCIPAL, PROCESSOR, request, results, simulate } from './simulate-harness.ts';

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
    const forbidden = await simulate((call) => results(call, () => 'explicitDeny'), requests);
    expect(forbidden.evidence.every(({ decision }) => decision === 'explicitDeny')).toBe(true);
  });
});
