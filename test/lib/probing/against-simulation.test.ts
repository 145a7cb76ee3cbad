import type { Request } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { simulatePrincipal } from '#lib/observe/simulate.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { calibrate } from '#lib/probing/calibrate.ts';
import { type Calibration, isCalibrated } from '#lib/probing/calibration.ts';
import { probeContext } from '#lib/probing/live-context.ts';
import { reconcile } from '#lib/probing/reconcile.ts';
import { DENY_ALL_SESSION_POLICY } from '#lib/probing/session.ts';
import {
  ACCOUNT,
  allow,
  deny,
  policy,
  REGION,
  type Running,
  roleArn,
} from '#test/support/rekognition-account.ts';
import {
  all,
  canary,
  clientsFor,
  iamOf,
  iamPace,
  open,
  pace,
  probeRole,
  reader,
  trust,
  withRoles,
} from './roles-harness.ts';

describe('calibration', () => {
  async function calibrated(running: Running): Promise<Calibration> {
    const denied = await open(running, 'canary', { sessionPolicy: DENY_ALL_SESSION_POLICY });
    const allowed = await open(running, 'canary');
    if (denied.kind !== 'open' || allowed.kind !== 'open') throw new Error('the canary cannot be assumed');
    return calibrate({
      denyAll: clientsFor(running, denied.credentials),
      allowAll: clientsFor(running, allowed.credentials),
      identity: allowed.identity,
      pace,
    });
  }

  it('shows that 69 probes tell denied from allowed, StartFaceLivenessSession among them', () =>
    withRoles({ canary, viewer: { trust } }, {}, async (running) => {
      const calibration = await calibrated(running);
      expect(all.filter((action) => isCalibrated(calibration, action)).length).toBe(69);
      expect(calibration.customLabels).toBe('present');
      const before = await probeRole(running, 'canary');
      expect(before.get('rekognition:StartFaceLivenessSession')).toMatchObject({
        decision: 'inconclusive',
        probable: true,
      });
      const after = await probeRole(running, 'canary', { calibration });
      expect(after.get('rekognition:StartFaceLivenessSession')).toMatchObject({
        decision: 'allowed',
        calibratedAt: calibration.at,
      });
      const viewer = await probeRole(running, 'viewer', { calibration });
      expect(viewer.get('rekognition:DeleteProject')).toMatchObject({ decision: 'implicitDeny' });
    }));

  it('finds that the Region has no Custom Labels', () =>
    withRoles({ canary, viewer: { trust } }, { regionsWithoutCustomLabels: [REGION] }, async (running) => {
      const calibration = await calibrated(running);
      expect(calibration.customLabels).toBe('absent');
      const evidence = await probeRole(running, 'viewer', { calibration });
      expect(evidence.get('rekognition:DeleteProject')).toMatchObject({
        decision: 'inconclusive',
        reason: expect.stringContaining('has no Custom Labels'),
      });
      expect(evidence.get('rekognition:DeleteFaces')).toMatchObject({ decision: 'implicitDeny' });
    }));
});

describe('reconciliation with the simulation', () => {
  async function reconciled(running: Running, role: string, pause: () => Promise<void> = async () => {}) {
    const iam = iamOf(running);
    return reconcile({
      probed: [...(await probeRole(running, role)).values()],
      context: (action) => probeContext(action, { region: REGION, time: new Date(0), sourceIp: '127.0.0.1' }),
      ask: async (requests: readonly Request[]) => {
        const answers = await simulatePrincipal({
          client: iam,
          principalArn: roleArn(role),
          requests,
          calls: groupCalls(requests),
          pace: iamPace,
        });
        return answers.map((answer) => [answer]);
      },
      pause,
      probeAgain: async (actions) => [...(await probeRole(running, role, { actions })).values()],
    });
  }

  type Kind = 'agreed' | 'contradiction' | 'not-comparable' | 'alone';

  /** The actions of one kind; `alone`: no other source could judge the request. */
  const actionsOf = ({ observations }: Awaited<ReturnType<typeof reconciled>>, kind: Kind) =>
    observations
      .filter(({ reconciliation }) => (reconciliation?.kind ?? 'alone') === kind)
      .map(({ request }) => request.action)
      .sort();

  it('agrees on every action that both can judge', () =>
    withRoles({ reader }, {}, async (running) => {
      const found = await reconciled(running, 'reader');
      expect(actionsOf(found, 'contradiction')).toEqual([]);
      expect(actionsOf(found, 'not-comparable')).toEqual([]);
      // The simulator does not judge these on the ARNs that the service names.
      expect(actionsOf(found, 'agreed').length).toBe(70);
      expect(actionsOf(found, 'alone')).toEqual([
        'rekognition:CreateCollection',
        'rekognition:CreateProject',
        'rekognition:CreateStreamProcessor',
      ]);
    }));

  it('agrees on a grant that is limited to certain names and tags', () =>
    withRoles(
      {
        scoped: {
          trust,
          policies: [
            policy(
              allow('rekognition:*', `arn:aws:rekognition:*:${ACCOUNT}:collection/team-*`),
              allow('rekognition:*', '*', {
                Condition: { StringEquals: { 'aws:ResourceTag/Team': 'vision' } },
              }),
            ),
          ],
        },
      },
      {},
      async (running) => {
        const found = await reconciled(running, 'scoped');
        expect(actionsOf(found, 'contradiction')).toEqual([]);
        // Without anything allowed in Custom Labels, the denials of its 20 actions say nothing.
        expect(actionsOf(found, 'agreed').length).toBe(51);
        expect(found.unproven.filter(({ reason }) => reason?.includes('Custom Labels')).length).toBe(20);
      },
    ));

  it('finds the endpoint policy that the simulation does not see', () =>
    withRoles(
      { searcher: canary },
      { endpointPolicy: policy(allow('rekognition:Search*', '*', { Principal: '*' })) },
      async (running) => {
        let pauses = 0;
        const result = await reconciled(running, 'searcher', async () => {
          pauses += 1;
        });
        expect(pauses).toBe(1);
        const { observations } = result;
        const of = (name: string) =>
          observations.find(({ request }) => request.action === `rekognition:${name}`);
        expect(of('SearchFaces')?.reconciliation).toEqual({ kind: 'agreed' });
        expect(of('DeleteCollection')).toMatchObject({
          request: { resource: expect.stringMatching(/:collection\/permission-check-none-[0-9a-f]{32}$/) },
          evidence: [
            { kind: 'simulated', decision: 'allowed' },
            { kind: 'probed', decision: 'implicitDeny', namedLayer: 'endpoint' },
          ],
          reconciliation: {
            kind: 'contradiction',
            causes: expect.arrayContaining([
              expect.stringMatching(/^a VPC endpoint policy, which the live denial names/),
            ]),
          },
        });
      },
    ));

  it('waits for IAM to settle before it calls anything a contradiction', () =>
    withRoles({ late: canary }, {}, async (running) => {
      // Live calls are refused until the change of the endpoint's policy has arrived everywhere.
      running.rekognition.options = { endpointPolicy: policy(deny('*', '*', { Principal: '*' })) };
      const found = await reconciled(running, 'late', async () => {
        running.rekognition.options = {};
      });
      expect(actionsOf(found, 'contradiction')).toEqual([]);
      expect(actionsOf(found, 'agreed').length).toBeGreaterThan(60);
    }));
});
