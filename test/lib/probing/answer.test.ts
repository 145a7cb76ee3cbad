import { describe, expect, it } from 'vitest';
import { PROBES, type Probe } from '#lib/catalog/probes.ts';
import {
  isTransient,
  outcomeOf,
  type ProbeOutcome,
  readProbeAnswer,
  UNCALIBRATED,
} from '#lib/probing/answer.ts';

const probe = (name: string): Probe => {
  const found = PROBES.get(`rekognition:${name}`);
  if (!found) throw new Error(name);
  return found;
};
const outcome = (code: string, message = '', status = 400): ProbeOutcome => ({
  code,
  message,
  status,
  at: '2026-11-24T00:00:00.000Z',
});
const NOT_AUTHORIZED = 'User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform:';
const ON = 'on resource: arn:aws:rekognition:eu-west-1:123456789012:collection/permission-check-none-0';

describe('denials', () => {
  it.each([
    ['with an explicit deny in a service control policy', 'explicitDeny', 'scp'],
    [
      'with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o/p-1',
      'explicitDeny',
      'scp',
    ],
    ['with an explicit deny in a permissions boundary', 'explicitDeny', 'boundary'],
    ['with an explicit deny in a session policy', 'explicitDeny', 'session'],
    ['with an explicit deny in a sessions policy', 'explicitDeny', 'session'],
    ['with an explicit deny in a VPC endpoint policy', 'explicitDeny', 'endpoint'],
    ['with an explicit deny in a resource control policy', 'explicitDeny', 'rcp'],
    ['with an explicit deny in a resource-based policy', 'explicitDeny', 'resource'],
    ['with an explicit deny in an identity-based policy', 'explicitDeny', 'identity'],
    [
      'because no identity-based policy allows the rekognition:DeleteCollection action',
      'implicitDeny',
      'identity',
    ],
    [
      'because no service control policy allows the rekognition:DeleteCollection action',
      'implicitDeny',
      'scp',
    ],
    [
      'because no permissions boundary allows the rekognition:DeleteCollection action',
      'implicitDeny',
      'boundary',
    ],
    ['because no session policy allows the rekognition:DeleteCollection action', 'implicitDeny', 'session'],
    [
      'because no VPC endpoint policy allows the rekognition:DeleteCollection action',
      'implicitDeny',
      'endpoint',
    ],
    ['', 'implicitDeny', undefined],
    ['with an explicit deny', 'explicitDeny', undefined],
    ['because no policy of some new kind allows it', 'implicitDeny', undefined],
  ])('%s', (clause, decision, namedLayer) => {
    const message = `${NOT_AUTHORIZED} rekognition:DeleteCollection ${ON} ${clause}`.trim();
    expect(
      readProbeAnswer(probe('DeleteCollection'), outcome('AccessDeniedException', message), UNCALIBRATED),
    ).toEqual({
      kind: 'decided',
      decision,
      ...(namedLayer && { namedLayer }),
      resource: ON.slice('on resource: '.length),
    });
  });

  it('needs no resource in the message', () => {
    const message = `${NOT_AUTHORIZED} rekognition:DetectFaces because no identity-based policy allows the rekognition:DetectFaces action`;
    expect(
      readProbeAnswer(probe('DetectFaces'), outcome('AccessDeniedException', message), UNCALIBRATED),
    ).toEqual({
      kind: 'decided',
      decision: 'implicitDeny',
      namedLayer: 'identity',
    });
  });

  it.each([
    ['SearchFaces', 'SearchFacesByImage'],
    ['CreateProject', 'CreateProjectVersion'],
    ['CreateProjectVersion', 'CreateProject'],
    ['DeleteProject', 'DeleteProjectPolicy'],
  ])('of %s does not mistake a denial of %s for its own', (action, named) => {
    const message = `${NOT_AUTHORIZED} rekognition:${named} ${ON}`;
    expect(
      readProbeAnswer(probe(action), outcome('AccessDeniedException', message), UNCALIBRATED),
    ).toMatchObject({
      kind: 'undetermined',
      dependentAction: `rekognition:${named}`,
    });
  });

  it('of another service is a dependent denial', () => {
    const message = `${NOT_AUTHORIZED} iam:PassRole on resource: arn:aws:iam::123456789012:role/x`;
    expect(
      readProbeAnswer(probe('StartFaceDetection'), outcome('AccessDeniedException', message), UNCALIBRATED),
    ).toMatchObject({
      kind: 'undetermined',
      dependentAction: 'iam:PassRole',
    });
  });

  it.each(['You do not have access to this feature.', 'User is not authorized', ''])(
    'in words that are not IAM’s says nothing: %j',
    (message) => {
      expect(
        readProbeAnswer(
          probe('DescribeStreamProcessor'),
          outcome('AccessDeniedException', message),
          UNCALIBRATED,
        ),
      ).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining("not IAM's") });
    },
  );
});

describe('credentials', () => {
  it.each([
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'OptInRequired',
    'CredentialsProviderError',
  ])('%s says nothing about permissions', (code) =>
    expect(readProbeAnswer(probe('DetectFaces'), outcome(code), UNCALIBRATED).kind).toBe('not-evaluated'),
  );
});

describe('validation', () => {
  it.each(['ValidationException', 'InvalidParameterException', 'ResourceNotFoundException'])(
    'is never permission, whatever its code: %s',
    (code) => {
      const message =
        "1 validation error detected: Value '!' at 'collectionId' failed to satisfy constraint: …";
      const proven = { orderProven: true, refuted: [] };
      expect(readProbeAnswer(probe('DeleteCollection'), outcome(code, message), proven)).toMatchObject({
        kind: 'undetermined',
      });
    },
  );

  it('is undetermined by its code alone', () => {
    const reading = readProbeAnswer(
      probe('CreateCollection'),
      outcome('ValidationException', 'no'),
      UNCALIBRATED,
    );
    expect(reading).toMatchObject({ kind: 'undetermined' });
    expect(reading).not.toHaveProperty('probable');
  });
});

describe('answers of the service', () => {
  it('prove what only an authorized caller gets', () => {
    expect(
      readProbeAnswer(
        probe('DeleteCollection'),
        outcome('ResourceNotFoundException', 'The collection id: x does not exist'),
        UNCALIBRATED,
      ),
    ).toEqual({
      kind: 'decided',
      decision: 'allowed',
    });
  });

  it('are only probable where a denied caller might get them, until calibration shows otherwise', () => {
    const answer = outcome('InvalidParameterException', 'Request has invalid parameters');
    expect(readProbeAnswer(probe('DeleteCollection'), answer, UNCALIBRATED)).toMatchObject({
      kind: 'undetermined',
      probable: true,
    });
    expect(readProbeAnswer(probe('DeleteCollection'), answer, { orderProven: true, refuted: [] })).toEqual({
      kind: 'decided',
      decision: 'allowed',
    });
  });

  it('prove nothing where calibration saw a denied caller get them', () => {
    const standing = { orderProven: false, refuted: ['ResourceNotFoundException'] };
    const reading = readProbeAnswer(
      probe('DeleteCollection'),
      outcome('ResourceNotFoundException'),
      standing,
    );
    expect(reading).toMatchObject({ kind: 'undetermined', reason: expect.stringContaining('calibration') });
  });

  it('of the streaming endpoint are only probable before calibration', () => {
    const answer = outcome('SessionNotFoundException');
    expect(readProbeAnswer(probe('StartFaceLivenessSession'), answer, UNCALIBRATED)).toMatchObject({
      probable: true,
    });
    expect(
      readProbeAnswer(probe('StartFaceLivenessSession'), answer, { orderProven: true, refuted: [] }),
    ).toMatchObject({
      decision: 'allowed',
    });
  });

  it.each([
    ['ThrottlingException', 400],
    ['ThrottlingException', 500],
    ['InternalServerError', 500],
    ['InternalFailure', 500],
    ['UnknownOperationException', 400],
    ['SerializationException', 400],
    ['SomethingNew', 400],
    ['ResourceAlreadyExistsException', 400],
  ])('say neither yes nor no: %s (%i)', (code, status) => {
    expect(
      readProbeAnswer(probe('DeleteCollection'), outcome(code, '', status), {
        orderProven: true,
        refuted: [],
      }),
    ).toMatchObject({
      kind: 'undetermined',
    });
  });

  it('of nobody say nothing', () => {
    const { status: _, ...nobody } = outcome('ECONNREFUSED');
    expect(readProbeAnswer(probe('DeleteCollection'), nobody, UNCALIBRATED)).toMatchObject({
      kind: 'undetermined',
      reason: 'no answer (ECONNREFUSED)',
    });
  });
});

describe('success', () => {
  it('is permission for a list call', () => {
    expect(readProbeAnswer(probe('ListCollections'), outcome('success', '', 200), UNCALIBRATED)).toEqual({
      kind: 'decided',
      decision: 'allowed',
    });
  });

  it.each(['DeleteCollection', 'DetectFaces', 'CreateCollection', 'StartFaceLivenessSession'])(
    'is an alarm for %s',
    (action) =>
      expect(readProbeAnswer(probe(action), outcome('success', '', 200), UNCALIBRATED).kind).toBe('alarm'),
  );
});

describe('what the SDK throws', () => {
  it.each([
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', true],
    [Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', true],
    [Object.assign(new Error('slow'), { name: 'TimeoutError' }), 'TimeoutError', true],
    [
      Object.assign(new Error('x'), { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }),
      'ThrottlingException',
      true,
    ],
    [
      Object.assign(new Error('x'), { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } }),
      'InternalServerError',
      true,
    ],
    [
      Object.assign(new Error('x'), { name: 'ValidationException', $metadata: { httpStatusCode: 400 } }),
      'ValidationException',
      false,
    ],
    [Object.assign(new Error('x'), { name: 'CredentialsProviderError' }), 'CredentialsProviderError', false],
    ['a string', 'UnknownError', true],
  ])('%s', (thrown, code, transient) => {
    const read = outcomeOf(thrown);
    expect(read.code).toBe(code);
    expect(isTransient(read)).toBe(transient);
  });
});
