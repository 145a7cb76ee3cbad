import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import type { ProbeAnswer } from '#lib/probing/json.ts';

const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const policy = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allowAll = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const denying = (Action: string) => policy(allowAll, { ...allowAll, Effect: 'Deny', Action });

let deployed: DeployedStack;
const deploy = async (
  parameters: Readonly<Record<string, string>>,
  template: (text: string) => string = (text) => text,
) => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters,
    template,
  });
};
afterAll(() => vi.restoreAllMocks());

/** Runs the function, and answers its report with the messages that it sent. */
async function probe(event: object = {}) {
  const { aws, stack } = deployed;
  const before = aws.messages().length;
  const { functionError, payload } = await stack.invoke('ProbeRolesFunction', event);
  expect(functionError, payload).toBeUndefined();
  const report: ProbeAnswer = JSON.parse(payload);
  const mails = aws.messages().slice(before);
  const texts = mails.map(({ subject, byProtocol }) => `${subject}\n${byProtocol.email}`);
  const text = texts.join('\n').replaceAll(/\s+/g, ' ');
  return { report, subjects: mails.map(({ subject }) => subject ?? ''), text };
}

const resultsOf = ({ principals, states }: ProbeAnswer) =>
  Object.fromEntries(
    principals.map(({ subject, state }) => [
      subject.replace(/^role\/local-(\w+)-\w+$/, '$1'),
      states[state]?.status,
    ]),
  );
const answerOf = ({ probes }: ProbeAnswer, action: string) =>
  probes[0]?.answers.find((answer) => answer.action === `rekognition:${action}`);

describe('without a role to probe', () => {
  it('the template makes nothing for it', async () => {
    await deploy({});
    try {
      const made = [...deployed.stack.template.resources.keys()];
      expect(made.filter((id) => /Probe|Canary/.test(id))).toEqual([]);
    } finally {
      await deployed.stop();
    }
  });
});

describe('the function that probes', () => {
  beforeAll(() =>
    deploy({
      CanaryFullAccess: 'yes',
      ProbeRoleArns: [roleArn('analyst'), roleArn('photo-moderation'), roleArn('nobody')].join(),
    }),
  );
  afterAll(() => deployed.stop());

  it('calibrates, probes canaries and named roles with its own permissions, and says once whom it could not', async () => {
    const { report, subjects, text } = await probe();
    expect(resultsOf(report)).toEqual({
      CanaryFullAccessRole: 'as-expected',
      'role/analyst': 'as-expected',
      'role/photo-moderation': 'inconclusive',
    });
    expect(report.exitCode).toBe(2);
    const proven = report.probes.map(
      ({ answers }) => answers.filter(({ calibratedAt }) => calibratedAt).length,
    );
    expect(proven).toEqual([69, 69, 0]);
    expect(subjects).toEqual([
      expect.stringMatching(/^\[INCONCLUSIVE\] Rekognition: role\/(nobody|photo-moderation) could not/),
    ]);
    expect(text).toContain('role/photo-moderation could not be probed live: the role cannot be assumed');
    expect(text).toContain('has no role arn:aws:iam::123456789012:role/nobody');
    expect(text).toMatch(/never called live, .*CreateFaceLivenessSession/);
    expect((await probe()).subjects).toEqual([]);
  });

  it('keeps its calibration', async () => {
    const { aws } = deployed;
    const before = aws.calls().length;
    await probe({ roles: ['role/analyst'] });
    const calls = aws.calls().slice(before);
    expect(calls.filter(({ operation }) => operation === 'AssumeRole').length).toBe(1);
    expect(calls.filter(({ service }) => service === 'rekognition').length).toBe(73);
  });

  it('tells a contradiction once, with both answers, the layer, the causes in order and the ARN', async () => {
    deployed.rekognition.options = { resourceControlPolicies: [denying('rekognition:Search*')] };
    const { report, subjects, text } = await probe();
    expect(report.exitCode).toBe(1);
    expect(subjects).toHaveLength(1);
    expect(text).toMatch(/role\/analyst/);
    expect(text).toMatch(
      /live call says denied, but IAM's simulation and the policy documents say allowed: 4 actions\. Probed on arn:aws:rekognition:us-east-1:123456789012:collection\/permission-check-none-[0-9a-f]{32}\. The denial names a resource control policy\./,
    );
    const causes = [...text.matchAll(/\d\. a (resource control|session|VPC endpoint|change)/g)].map(
      (one) => one[1],
    );
    expect(causes.slice(0, 4)).toEqual(['resource control', 'session', 'VPC endpoint', 'change']);
    expect((await probe()).subjects).toEqual([]);
  });

  it('neither resolves nor repeats it while Rekognition throttles or fails', async () => {
    const { faults } = deployed.aws.world;
    faults.add({ operation: 'rekognition:SearchFaces', kind: 'throttle' });
    faults.add({ operation: 'rekognition:SearchUsers', kind: 'error' });
    const { report, subjects } = await probe({ roles: ['role/analyst'] });
    faults.clear();
    expect(answerOf(report, 'SearchFaces')?.reason).toContain('throttled');
    expect(answerOf(report, 'SearchUsers')?.reason).toContain('HTTP 500');
    expect(subjects).toEqual([]);
    expect((await probe({ roles: ['role/analyst'] })).subjects).toEqual([]);
  });

  it('tells when it is resolved', async () => {
    deployed.rekognition.options = {};
    const { subjects } = await probe();
    expect(subjects).toEqual([
      expect.stringMatching(/^\[RESOLVED\] Rekognition: role\/\S+ has agreeing answers again/),
    ]);
  });

  it('raises the alarm once when a call succeeds that was meant to fail, and probes nothing until somebody says so', async () => {
    const { aws, rekognition } = deployed;
    const usual = rekognition.handle.bind(rekognition);
    const handle = vi.spyOn(rekognition, 'handle').mockImplementation((request) =>
      request.operation === 'DeleteCollection'
        ? Promise.resolve({
            status: 200,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: '{}',
          })
        : usual(request),
    );
    const { report, subjects, text } = await probe();
    expect(report.exitCode).toBe(1);
    expect(subjects).toEqual([expect.stringMatching(/^\[CRITICAL\].*LIVE PROBE SUCCEEDED/)]);
    expect(text).toMatch(/Find request [0-9a-f-]{36} in CloudTrail/);
    handle.mockRestore();

    const before = aws.calls().length;
    const halted = await probe();
    expect(halted.subjects).toEqual([]);
    expect(halted.report.exitCode).toBe(2);
    expect(halted.report.warnings.join()).toContain('an alarm of');
    expect(
      aws
        .calls()
        .slice(before)
        .filter(({ service }) => service === 'rekognition'),
    ).toEqual([]);

    const resumed = await probe({ resume: true });
    expect(resumed.subjects).toEqual([expect.stringMatching(/^\[RESOLVED\]/)]);
    expect(resultsOf(resumed.report)).toMatchObject({ 'role/analyst': 'as-expected' });
  });

  it('tells an alarm even where it cannot remember it', async () => {
    const { aws, rekognition, stack } = deployed;
    const usual = rekognition.handle.bind(rekognition);
    const handle = vi.spyOn(rekognition, 'handle').mockImplementation((request) => {
      if (request.operation !== 'DeleteFaces') return usual(request);
      aws.world.faults.add({ operation: 'dynamodb:PutItem', kind: 'error' });
      const headers = { 'content-type': 'application/x-amz-json-1.1' };
      return Promise.resolve({ status: 200, headers, body: '{}' });
    });
    const before = aws.messages().length;
    const { functionError } = await stack.invoke('ProbeRolesFunction', {});
    handle.mockRestore();
    aws.world.faults.clear();
    expect(functionError).toBeDefined();
    const subjects = aws
      .messages()
      .slice(before)
      .map(({ subject }) => subject);
    expect(subjects).toEqual([expect.stringContaining('LIVE PROBE SUCCEEDED, look at once: delete faces')]);
  });

  it('refuses an event that it does not understand', async () => {
    const { functionError, payload } = await deployed.stack.invoke('ProbeRolesFunction', { role: 'x' });
    expect(functionError).toBeDefined();
    expect(payload).toContain('the event is not {roles?: [string]');
  });
});

describe('what looks like a denial and is none', () => {
  beforeAll(() => deploy({ CanaryFullAccess: 'yes' }));
  afterAll(() => deployed.stop());

  it('a Region without Custom Labels: known by calibration, and no contradiction', async () => {
    deployed.rekognition.options = { regionsWithoutCustomLabels: ['us-east-1'] };
    const { report, subjects } = await probe();
    expect(answerOf(report, 'DeleteProject')).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringContaining('us-east-1 has no Custom Labels'),
    });
    expect(subjects).toEqual([]);
  });

  it('a closed feature, and validation that comes before authorization', async () => {
    deployed.rekognition.options = { closedFeatures: ['streaming-video'], validateFirst: true };
    const { report, subjects } = await probe({ calibrate: true });
    expect(answerOf(report, 'DescribeStreamProcessor')).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringContaining('the feature may be closed'),
    });
    expect(answerOf(report, 'CreateCollection')).toMatchObject({
      decision: 'inconclusive',
      reason: expect.stringContaining('refused as invalid'),
    });
    expect(answerOf(report, 'DeleteProject')).toMatchObject({ decision: 'allowed' });
    expect(subjects).toEqual([]);
  });
});

describe('a function that may not assume the role', () => {
  it('says so, and what to do', async () => {
    await deploy({ CanaryReadOnlyAccess: 'yes' }, (text) =>
      text.replace(/(Sid: BecomeACanary\n\s+Effect: )Allow/, '$1Deny'),
    );
    try {
      const { report, subjects, text } = await probe();
      expect(report.warnings.join()).toContain(
        'us-east-1 was not calibrated: not probed: the role cannot be assumed',
      );
      expect(report.probes[0]?.notProbed).toContain('the checker must be allowed sts:AssumeRole');
      expect(subjects).toEqual([expect.stringMatching(/^\[INCONCLUSIVE\]/)]);
      expect(text).toContain("Let the role trust the probe function's role with its external id");
    } finally {
      await deployed.stop();
    }
  });
});
