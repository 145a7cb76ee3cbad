import type { Request } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Evidence, ProbedEvidence } from '#lib/observe/types.ts';
import { type ReconcileOptions, reconcile } from '#lib/probing/reconcile.ts';

const ARN = 'arn:aws:rekognition:eu-west-1:123456789012:collection/permission-check-none-1';
const OTHER =
  'arn:aws:rekognition:eu-west-1:123456789012:project/permission-check-none-1/version/none/1500000000000';

const live = (decision: ProbedEvidence['decision'], rest: Partial<ProbedEvidence> = {}): ProbedEvidence => ({
  kind: 'probed',
  action: 'rekognition:DeleteCollection',
  decision,
  probedResources: [ARN],
  ...rest,
});
const simulated = (decision: Evidence['decision'], rest: Partial<Evidence> = {}): Evidence => ({
  kind: 'simulated',
  decision,
  ...rest,
});

/** Runs with sources that answer `says`, and `later` after the pause. */
async function run(
  probed: readonly ProbedEvidence[],
  says: (request: Request) => readonly Evidence[],
  again: { probed?: readonly ProbedEvidence[]; says?: (request: Request) => readonly Evidence[] } = {},
  rest: Partial<ReconcileOptions> = {},
) {
  let pauses = 0;
  const asked: Request[][] = [];
  const result = await reconcile({
    probed,
    context: () => ({ 'aws:SecureTransport': 'true' }),
    ask: async (requests) => {
      asked.push([...requests]);
      return requests.map(pauses === 0 ? says : (again.says ?? says));
    },
    pause: async () => {
      pauses += 1;
    },
    probeAgain: async (actions) => (again.probed ?? probed).filter(({ action }) => actions.includes(action)),
    ...rest,
  });
  return { ...result, pauses, asked };
}

describe('agreement', () => {
  it.each([
    ['allowed', 'allowed'],
    ['implicitDeny', 'implicitDeny'],
    ['implicitDeny', 'explicitDeny'],
  ] as const)('live %s, simulated %s', async (one, other) => {
    const { observations, pauses, asked } = await run([live(one)], () => [simulated(other)]);
    expect(observations).toEqual([
      {
        request: {
          action: 'rekognition:DeleteCollection',
          resource: ARN,
          context: { 'aws:SecureTransport': 'true' },
        },
        evidence: [simulated(other), live(one)],
        reconciliation: { kind: 'agreed' },
      },
    ]);
    expect(pauses).toBe(0);
    expect(asked.length).toBe(1);
  });

  it('is what a grant limited to certain names comes to: both deny the random one', async () => {
    const scoped = (request: Request) => [
      simulated(request.resource.endsWith('/team-faces') ? 'allowed' : 'implicitDeny'),
    ];
    const { observations } = await run([live('implicitDeny', { namedLayer: 'identity' })], scoped);
    expect(observations[0]?.reconciliation).toEqual({ kind: 'agreed' });
  });
});

describe('contradiction', () => {
  it('carries both answers and the likely causes, after it was asked again', async () => {
    const denial = live('explicitDeny', { namedLayer: 'endpoint' });
    const { observations, pauses } = await run([denial], () => [simulated('allowed')]);
    expect(pauses).toBe(1);
    expect(observations).toEqual([
      expect.objectContaining({
        evidence: [simulated('allowed'), denial],
        reconciliation: {
          kind: 'contradiction',
          causes: [
            'a VPC endpoint policy, which the live denial names and the simulation does not see',
            'an SCP or RCP outside the simulation',
            'a session policy',
            expect.stringContaining('even at the second asking'),
          ],
        },
      }),
    ]);
  });

  it('names the Region and a closed feature only where they can be the cause', async () => {
    const about = async (action: string) => {
      const { observations } = await run([live('implicitDeny', { action })], () => [simulated('allowed')]);
      const verdict = observations[0]?.reconciliation;
      return verdict?.kind === 'contradiction' ? verdict.causes.slice(4) : [];
    };
    expect(await about('rekognition:DeleteCollection')).toEqual([]);
    expect(await about('rekognition:DeleteProject')).toEqual(['the Region, which may lack the feature']);
    expect(await about('rekognition:DeleteStreamProcessor')).toEqual([
      'the Region, which may lack the feature',
      expect.stringContaining('closed to this account'),
    ]);
  });

  it('is not one when IAM has only not settled yet', async () => {
    const { observations, pauses } = await run([live('allowed')], () => [simulated('implicitDeny')], {
      says: () => [simulated('allowed')],
    });
    expect(pauses).toBe(1);
    expect(observations.map(({ reconciliation }) => reconciliation)).toEqual([{ kind: 'agreed' }]);
  });

  it.each([
    ['was throttled', [live('inconclusive', { reason: 'throttled' })], 'throttled'],
    ['was not made', [], 'it was not made'],
  ])('is unproven, and told, when the second live call %s', async (_, probed, reason) => {
    const { observations, unproven } = await run([live('implicitDeny')], () => [simulated('allowed')], {
      probed,
    });
    expect(observations).toEqual([]);
    expect(unproven).toEqual([
      {
        ...live('inconclusive'),
        reason: expect.stringMatching(new RegExp(`disagreed; asked again, .*: ${reason}$`)),
      },
    ]);
  });

  it('asks again only what disagrees', async () => {
    const { asked } = await run(
      [live('allowed'), live('implicitDeny', { action: 'rekognition:DeleteFaces' })],
      () => [simulated('allowed')],
    );
    expect(asked[1]?.map(({ action }) => action)).toEqual(['rekognition:DeleteFaces']);
  });
});

describe('what cannot be compared', () => {
  it('is a simulation that lacked a key which the live call had', async () => {
    const { observations, pauses } = await run([live('allowed')], () => [
      simulated('implicitDeny', { missingContextKeys: ['aws:SourceIp'] }),
    ]);
    expect(pauses).toBe(0);
    expect(observations[0]?.reconciliation).toEqual({
      kind: 'not-comparable',
      reason: expect.stringContaining('aws:SourceIp'),
    });
  });

  it('is not a simulation that lacked the tags of a resource that has none', async () => {
    const { observations } = await run([live('allowed')], () => [
      simulated('implicitDeny', { missingContextKeys: ['aws:ResourceTag/Owner'] }),
    ]);
    expect(observations[0]?.reconciliation?.kind).toBe('contradiction');
  });

  it('is an answer that rests on a key of the policies which nobody knows', async () => {
    const { observations } = await run(
      [live('implicitDeny')],
      () => [simulated('allowed')],
      {},
      {
        unknownKeys: (action) => (action === 'rekognition:DeleteCollection' ? ['aws:SourceVpce'] : []),
      },
    );
    expect(observations[0]?.reconciliation?.kind).toBe('not-comparable');
  });

  it('is a denial of an action whose ARN nobody is sure of, unless the message names it', async () => {
    const create = live('implicitDeny', { action: 'rekognition:CreateProject' });
    const without = await run([create], () => [simulated('allowed')]);
    expect(without.observations[0]?.reconciliation?.kind).toBe('not-comparable');
    const named = await run([{ ...create, resourceNamed: true }], () => [simulated('allowed')]);
    expect(named.observations[0]?.reconciliation?.kind).toBe('contradiction');
  });

  it('is a live call that said nothing: nobody else is asked', async () => {
    const silent = live('inconclusive', { reason: 'throttled' });
    const { observations, unproven, asked } = await run([silent], () => expect.unreachable());
    expect({ observations, unproven, asked }).toEqual({ observations: [], unproven: [silent], asked: [] });
  });
});

describe('other sources', () => {
  it('count by evaluation where the simulator cannot judge', async () => {
    const evaluated: Evidence = { kind: 'evaluated', decision: 'implicitDeny' };
    const { observations } = await run([live('implicitDeny')], () => [simulated('inconclusive'), evaluated]);
    expect(observations[0]?.reconciliation).toEqual({ kind: 'agreed' });
  });

  it('leave the live answer standing where none can answer', async () => {
    const { observations } = await run([live('implicitDeny')], () => [
      simulated('inconclusive', { reason: 'refused' }),
    ]);
    expect(observations.length).toBe(1);
    expect(observations[0]?.evidence.map(({ kind }) => kind)).toEqual(['simulated', 'probed']);
    expect(observations[0]).not.toHaveProperty('reconciliation');
  });
});

describe('a call on several ARNs', () => {
  const copy = (decision: ProbedEvidence['decision']) =>
    live(decision, { action: 'rekognition:CopyProjectVersion', probedResources: [ARN, OTHER] });

  it('is allowed on each of them', async () => {
    const { observations } = await run([copy('allowed')], () => [simulated('allowed')]);
    expect(observations.map(({ request }) => request.resource)).toEqual([ARN, OTHER]);
  });

  it('is denied on the one that the others deny as well', async () => {
    const { observations } = await run([copy('implicitDeny')], ({ resource }) => [
      simulated(resource === OTHER ? 'implicitDeny' : 'allowed'),
    ]);
    expect(
      observations.map(({ request, reconciliation }) => [request.resource, reconciliation?.kind]),
    ).toEqual([[OTHER, 'agreed']]);
  });
});
