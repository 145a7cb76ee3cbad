import { DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipals } from '#lib/account/named.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { type ProbeSteps, probeRoles } from '#lib/probing/roles.ts';
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
  asChecker,
  checker,
  clientsFor,
  EXTERNAL_ID,
  iamOf,
  iamPace,
  pace,
  reader,
  readOnly,
  trust,
  withRoles,
} from './roles-harness.ts';

const nonce = {
  nonce: '0123456789abcdef0123456789abcdef',
  uuid: '0f0e0d0c-1b2a-4c3d-8e9f-0123456789ab',
  hex64: '0123456789abcdef'.repeat(4),
};

async function probed(running: Running, names: readonly string[], rest: Partial<ProbeSteps> = {}) {
  const account = await accountFromIam(
    new IAMClient({ ...asChecker(running), credentials: running.aws.world.issue({ kind: 'root' }) }),
    { pace: iamPace },
  );
  return probeRoles(account, await namedPrincipals(account, names), {
    region: REGION,
    sts: new STSClient(asChecker(running)),
    clients: (credentials) => clientsFor(running, credentials),
    externalId: EXTERNAL_ID,
    simulate: simulateWith(iamOf(running), iamPace),
    expectations: builtInExpectations({ region: REGION }),
    pace,
    recheckSeconds: 0,
    now: () => new Date(),
    ...rest,
  });
}

const kinds = ({ report }: Awaited<ReturnType<typeof probed>>) =>
  report.findings.map(({ kind, subject }) => `${kind} ${subject}`);

describe('sources that agree', () => {
  it('are no finding', () =>
    withRoles({ reader }, {}, async (running) => {
      const { report } = await probed(running, ['role/reader']);
      expect(report.findings).toEqual([]);
      expect(report.principals).toMatchObject([{ status: 'as-expected', requests: 73, calls: 73 }]);
      expect(report.evidence).toEqual(['evaluated', 'simulated', 'probed']);
    }));

  it('nor is an SCP that the simulation and the live call both know', () =>
    withRoles({ reader }, { scps: [policy(allow('*'), deny('rekognition:List*'))] }, async (running) => {
      expect(kinds(await probed(running, ['role/reader']))).toEqual([]);
    }));
});

describe('sources that disagree', () => {
  it('are asked again, and what IAM had not settled yet is no contradiction', () =>
    withRoles({ reader }, {}, async (running) => {
      const { world } = running.aws;
      const admin = new IAMClient({ ...asChecker(running), credentials: world.issue({ kind: 'root' }) });
      let asked = 0;
      // The role loses its policy between the live calls and the first question to IAM.
      const simulate: Simulate = async (...question) => {
        asked += 1;
        if (asked === 1) {
          await admin.send(new DetachRolePolicyCommand({ RoleName: 'reader', PolicyArn: readOnly }));
        }
        return simulateWith(iamOf(running), iamPace)(...question);
      };
      const { report } = await probed(running, ['role/reader'], { simulate });
      expect(asked).toBe(2);
      expect(report.findings).toEqual([]);
      const answer = report.probes[0]?.answers.find(({ action }) => action === 'rekognition:ListFaces');
      expect(answer).toMatchObject({ decision: 'implicitDeny' });
    }));

  it('wait for IAM to settle, once for all roles', () =>
    withRoles(
      { reader, other: reader },
      { endpointPolicy: policy({ ...deny('*'), Principal: '*' }) },
      async (running) => {
        const before = Date.now();
        const run = await probed(running, ['role/reader', 'role/other'], { recheckSeconds: 1 });
        expect(kinds(run)).toEqual(['contradiction role/other', 'contradiction role/reader']);
        expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
      },
    ));

  it('are not compared where nobody knows what the live call carried', () =>
    withRoles(
      {
        office: {
          trust,
          policies: [
            policy(
              allow('rekognition:*'),
              deny('rekognition:*', '*', {
                Condition: { NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
              }),
            ),
          ],
        },
      },
      {},
      async (running) => {
        const { report } = await probed(running, ['role/office']);
        expect(report.findings).toEqual([]);
        const answer = report.probes[0]?.answers.find(({ action }) => action === 'rekognition:ListFaces');
        expect(answer).toMatchObject({ decision: 'explicitDeny' });
      },
    ));

  it('show access that only a live call has as excess', () =>
    withRoles({ reader }, {}, async (running) => {
      // IAM's simulation denies what the documents at hand, and a live call, allow.
      const simulate: Simulate = async (_, requests) =>
        requests.map(() => ({ kind: 'simulated', decision: 'implicitDeny' }));
      const { expectations } = parseExpectations('default: []', 'e.yaml', { region: REGION });
      const run = await probed(running, ['role/reader'], { simulate, expectations });
      expect(kinds(run)).toContain('contradiction role/reader');
      expect(kinds(run)).toContain('excess role/reader');
      const excess = run.report.findings.find(({ kind }) => kind === 'excess');
      expect(excess?.summary).toContain('Probed on');
    }));

  it('are not reported on actions that are suppressed', () =>
    withRoles(
      { reader },
      { endpointPolicy: policy({ ...allow('rekognition:Describe*'), Principal: '*' }) },
      async (running) => {
        const text = `suppress:
  - principal: role/reader
    actions: ["rekognition:*"]
    reason: the endpoint is being rebuilt
    owner: net@example.com
    until: 2099-12-31`;
        const { expectations } = parseExpectations(text, 'e.yaml', { region: REGION });
        const { report } = await probed(running, ['role/reader'], { expectations });
        expect(report.findings.map(({ suppressed }) => suppressed?.owner)).toEqual(['net@example.com']);
        expect(report.principals[0]?.status).toBe('as-expected');
      },
    ));
});

describe('a call that succeeds although it was meant to fail', () => {
  it('stops everything and is a critical finding', () =>
    withRoles({ admin: { trust, policies: [policy(allow('*'))] }, reader }, {}, async (running) => {
      const id = `permission-check-none-${nonce.nonce}`;
      const arn = `arn:aws:rekognition:${REGION}:${ACCOUNT}:collection/${id}`;
      running.rekognition.state(REGION).addCollection(id, arn, new Date());
      const { report, alarm } = await probed(running, ['role/admin', 'role/reader'], { nonce: () => nonce });
      expect(alarm?.principalArn).toBe(roleArn('admin'));
      expect(report.findings).toMatchObject([
        { kind: 'probe-alarm', severity: 'critical', subject: 'role/admin', actions: expect.any(Array) },
      ]);
      expect(report.findings[0]?.remedies.join()).toMatch(/Find request [0-9a-f-]{36} in CloudTrail/);
      const callers = running.aws.calls().filter(({ service }) => service === 'rekognition');
      expect(callers.filter(({ caller }) => caller.includes('/reader/'))).toEqual([]);
      expect(report.probes.find(({ subject }) => subject === 'role/reader')?.notProbed).toContain('alarm');
    }));
});

describe('what cannot be probed', () => {
  it('is in the report with the reason, and nothing passes', () =>
    withRoles({ reader, closed: { managed: [readOnly] } }, {}, async (running) => {
      const late = await probed(running, ['role/reader'], { hasTime: () => false });
      expect(late.report.principals[0]).toMatchObject({
        status: 'inconclusive',
        note: 'not probed: there was no time left for it',
      });
      const endpointPolicy = policy({ ...deny('*'), Principal: '*' });
      running.rekognition.options = { endpointPolicy };
      const cut = await probed(running, ['role/reader'], { hasTime: (asking) => asking === 'first' });
      expect(cut.report.findings).toEqual([]);
      expect(cut.report.principals[0]?.status).toBe('inconclusive');
      expect(cut.report.warnings.join()).toContain(
        'asked again, the live call gave no answer: it was not made',
      );
      const { report } = await probed(running, ['role/closed', 'user/bob']);
      expect(report.principals.map(({ status }) => status)).toEqual(['not-checkable', 'inconclusive']);
      expect(report.warnings).toEqual([
        'user/bob: not probed: IAM users cannot be assumed',
        expect.stringContaining('role/closed: not probed: the role cannot be assumed'),
      ]);
    }));

  it('is a failure where IAM may not be asked: nothing could be compared', () =>
    withRoles({ reader, weak: checker }, {}, async (running) => {
      const simulate = simulateWith(
        new IAMClient({ ...asChecker(running), credentials: running.aws.credentialsFor({ policies: [] }) }),
        iamPace,
      );
      await expect(probed(running, ['role/reader'], { simulate })).rejects.toMatchObject({
        name: 'AccessError',
      });
    }));
});
