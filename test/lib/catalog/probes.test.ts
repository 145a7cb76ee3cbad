import * as sdk from '@aws-sdk/client-rekognition';
import { modeledErrors, OPERATIONS, violations } from '@permission-check/embedded-aws';
import { describe, expect, it } from 'vitest';
import { PROBE_INPUTS } from '#lib/catalog/probe-inputs.ts';
import { checkNonce, type ProbeValues } from '#lib/catalog/probe-names.ts';
import { PROBES, type Probe } from '#lib/catalog/probes.ts';

const ACCOUNT = '123456789012';
const value = (digit: string): ProbeValues => ({
  partition: 'aws',
  region: 'eu-west-1',
  accountId: ACCOUNT,
  nonce: `0123456789abcdef0123456789abcde${digit}`,
  uuid: `01234567-89ab-4def-8123-456789abcde${digit}`,
  hex64: `0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde${digit}`,
});
const one = value('1');
const other = value('2');

const probes = [...PROBES.values()];
const withInput = probes.filter((probe) => probe.operation !== undefined);
const input = (probe: Probe, values: ProbeValues): unknown =>
  probe.operation && PROBE_INPUTS[probe.operation](values);

/** As JSON 1.1 has it: blobs in base64. */
const onTheWire = (params: unknown): unknown =>
  JSON.parse(
    JSON.stringify(params, (_, entry) =>
      entry instanceof Uint8Array ? Buffer.from(entry).toString('base64') : entry,
    ),
  );

/** Every text of a value, with the name of the member that it is in. */
function* texts(params: unknown, member = ''): Generator<readonly [string, string]> {
  if (typeof params === 'string') yield [member, params];
  else if (Array.isArray(params)) for (const entry of params) yield* texts(entry, member);
  else if (
    params &&
    typeof params === 'object' &&
    !(params instanceof Uint8Array) &&
    !(Symbol.asyncIterator in params)
  ) {
    for (const [name, entry] of Object.entries(params)) yield* texts(entry, name);
  }
}

const count = (test: (probe: Probe) => boolean): number => probes.filter(test).length;

describe('the probes', () => {
  it('cover each of the 76 actions: those of the API model, and the one of the streaming API', () => {
    const operations = [...OPERATIONS, 'StartFaceLivenessSession'].map((name) => `rekognition:${name}`);
    expect([...PROBES.keys()].sort()).toEqual(operations.sort());
    expect(PROBES.size).toBe(76);
  });

  it('are run for 68 actions, tell only denials of 4, need the streaming client for 1, and are not run for 3', () => {
    expect(count((probe) => !probe.skipped && !probe.streaming && probe.class !== 'denial-only')).toBe(68);
    expect(count((probe) => probe.class === 'denial-only')).toBe(4);
    expect(probes.filter((probe) => probe.streaming).map((probe) => probe.action)).toEqual([
      'rekognition:StartFaceLivenessSession',
    ]);
    expect(probes.filter((probe) => probe.skipped !== undefined).map((probe) => probe.operation)).toEqual([
      'GetPersonTracking',
      'StartPersonTracking',
      undefined,
    ]);
    expect(probes.filter((probe) => probe.class === 'never').map((probe) => probe.action)).toEqual([
      'rekognition:CreateFaceLivenessSession',
    ]);
  });

  it('have a command of the SDK', () => {
    const missing = withInput.filter((probe) => !probe.streaming && !(`${probe.operation}Command` in sdk));
    expect(missing).toEqual([]);
  });

  it('run reads before writes and deletions last', () => {
    const order = probes.map((probe) => probe.action);
    expect(order[0]).toBe('rekognition:DescribeProjects');
    expect(order.indexOf('rekognition:DeleteUser')).toBeGreaterThan(order.indexOf('rekognition:TagResource'));
    expect(order.findIndex((action) => action.includes(':Delete'))).toBeGreaterThan(
      order.findLastIndex((action) => /:(Get|List|Search|Detect)/.test(action)),
    );
  });
});

/** Members that name something which could exist, and what their value must hold so that it cannot. */
const NAMING = new Set([
  ...[
    'CollectionId',
    'FaceId',
    'FaceIds',
    'JobId',
    'SessionId',
    'Name',
    'Bucket',
    'S3Bucket',
    'Arn',
    'ResourceArn',
  ],
  ...['ProjectArn', 'ProjectVersionArn', 'DatasetArn'],
  ...['SourceProjectArn', 'SourceProjectVersionArn', 'DestinationProjectArn'],
]);
/** Names of things inside of what cannot exist, and words of the API: they need not be random. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  UserId: ['permission-check-none'],
  VersionName: ['permission-check-none'],
  PolicyName: ['permission-check-none'],
  TagKeys: ['permission-check-none'],
  'permission-check': ['none'],
  PolicyDocument: ['{}'],
  S3KeyPrefix: ['none'],
  Name: ['none.mp4', 'none.manifest'],
  DatasetType: ['TRAIN'],
  SegmentTypes: ['SHOT'],
  VideoWidth: ['640'],
  VideoHeight: ['480'],
  ChallengeVersions: ['FaceMovementAndLightChallenge_1.0.0'],
  // A celebrity is AWS's public record, not anybody's resource; no id of theirs has this length.
  Id: ['permissionchecknone'],
};

describe.each(withInput)('the probe of $action', (probe) => {
  it('names nothing that can exist', () => {
    if (probe.class === 'denial-only')
      return expect(violations(probe.operation ?? '', onTheWire(input(probe, one)))).not.toEqual([]);
    const others = [...texts(input(probe, other))].map(([, text]) => text);
    for (const [member, text] of texts(input(probe, one))) {
      const random = [one.nonce, one.uuid, one.hex64].some((part) => text.includes(part));
      if (random) expectFreshName(member, text, others);
      else expect(HARMLESS[member] ?? [], `${member} = ${text}`).toContain(text);
    }
  });

  /** A text with a nonce names something, and another one in another run. */
  function expectFreshName(member: string, text: string, others: readonly string[]): void {
    expect(NAMING.has(member) || member === 'UserId', `${member} is known to name something`).toBe(true);
    expect(others).not.toContain(text);
    if (/Arn$/.test(member))
      expect(text).toMatch(/^arn:aws:rekognition:eu-west-1:123456789012:[a-z]+\/permission-check-none-/);
  }

  it('names what it is judged on', () => {
    for (const arn of probe.resources(one)) {
      if (arn === '*') continue;
      expect(arn.startsWith(`arn:aws:rekognition:eu-west-1:${ACCOUNT}:`)).toBe(true);
      const name = arn.split(/[:/]/)[6] ?? '';
      const named = [...texts(input(probe, one))].map(([, text]) => text);
      expect(named.some((text) => text === arn || text === name || arn.endsWith(`/${text}`))).toBe(true);
    }
  });

  it('is as valid for the API model as its class claims', () => {
    if (probe.streaming) return;
    const found = violations(probe.operation ?? '', onTheWire(input(probe, one)));
    if (probe.class === 'denial-only') expect(found.length).toBeGreaterThanOrEqual(2);
    else expect(found).toEqual([]);
  });

  it('takes only errors of this operation for proof, and never a denial, a throttling or a validation', () => {
    const read = [...probe.proves, ...probe.probable];
    expect(new Set(read).size).toBe(read.length);
    expect(read.filter((code) => /AccessDenied|Throttl|Validation|Internal|Throughput/.test(code))).toEqual(
      [],
    );
    if (!probe.streaming)
      expect(read.filter((code) => !modeledErrors(probe.operation ?? '').includes(code))).toEqual([]);
    if (probe.class === 'denial-only') expect(read).toEqual([]);
    else expect(probe.proves).not.toEqual([]);
  });
});

describe('the inputs', () => {
  it('start no human loop, pass no role and set no notification channel', () => {
    const members = withInput
      .filter((probe) => probe.class !== 'denial-only')
      .flatMap((probe) => JSON.stringify(onTheWire(input(probe, one))));
    expect(members.filter((text) => /HumanLoop|RoleArn|NotificationChannel|KmsKeyId/.test(text))).toEqual([]);
  });
});

describe('the names', () => {
  it.each([
    ['a short nonce', { nonce: 'abc' }],
    ['a nonce of one digit', { nonce: '0'.repeat(32) }],
    ['capital letters', { nonce: '0123456789ABCDEF0123456789ABCDEF' }],
    ['no UUID', { uuid: 'not-a-uuid' }],
    ['a short job id', { hex64: '0123' }],
  ])('refuse %s', (_, part) => {
    expect(() => checkNonce({ ...one, ...part })).toThrow(/is not random/);
  });

  it('accept random ones', () => {
    expect(checkNonce(one)).toBe(one);
  });
});
