import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { allowed, awsManaged, principal } from './fixtures.ts';

describe('the built-in expectation', () => {
  const builtIn = builtInExpectations();
  const of = (...policies: Principal['policies']) => builtIn.expectationFor(principal({ policies }));

  it('is nothing without Rekognition managed policies', () => {
    expect(of(awsManaged('SecurityAudit'))).toEqual({
      kind: 'sets',
      label: 'nothing',
      policies: [],
      guards: [],
      builtIn: true,
      written: { expect: 'built-in', own: false },
    });
  });

  it('is what the attached ones grant, in the newest version known, through groups as well', () => {
    const group = { ...awsManaged('AmazonRekognitionReadOnlyAccess', 'v9'), group: 'analysts' };
    const expectation = of(awsManaged('AmazonRekognitionCustomLabelsFullAccess', 'v4'), group, group);
    expect(expectation.label).toBe(
      'AmazonRekognitionCustomLabelsFullAccess v4 + AmazonRekognitionReadOnlyAccess v10',
    );
    expect(allowed(expectation)).toContain('rekognition:CreateProject');
    expect(allowed(expectation)).toContain('rekognition:ListMediaAnalysisJobs');
    expect(allowed(expectation)).not.toContain('rekognition:DeleteFaces');
  });

  it('does not take a policy of the account for AWS’s', () => {
    const named = (name: string): Principal['policies'][number] => ({
      ...awsManaged(name),
      type: 'customer-managed',
      arn: `arn:aws:iam::123456789012:policy/${name}`,
    });
    expect(of(named('AmazonRekognitionFullAccess')).label).toBe('nothing');
    expect(of(named('AdministratorAccess')).kind).toBe('sets');
    expect(of({ ...awsManaged('AdministratorAccess'), type: 'inline' }).kind).toBe('sets');
    expect(of({ ...named('AdministratorAccess'), type: 'aws-managed' }).kind).toBe('sets');
  });

  it.each(['AdministratorAccess', 'PowerUserAccess'])('does not judge holders of %s', (name) => {
    expect(of(awsManaged('AmazonRekognitionReadOnlyAccess', 'v10'), awsManaged(name))).toEqual({
      kind: 'any',
      label: `anything (${name})`,
      administrator: true,
      builtIn: true,
      written: { expect: 'built-in', own: false },
    });
  });

  it('knows the policies in the other partitions', () => {
    const gov = {
      ...awsManaged('AmazonRekognitionFullAccess'),
      arn: 'arn:aws-us-gov:iam::aws:policy/AmazonRekognitionFullAccess',
    };
    expect(of(gov).label).toBe('AmazonRekognitionFullAccess v1');
  });
});
