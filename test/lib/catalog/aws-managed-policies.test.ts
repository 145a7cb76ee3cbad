import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { awsManagedPolicy } from '#lib/catalog/aws-managed-policies.ts';
import { generatePolicies } from '../../../scripts/generate-aws-managed-policies.ts';

const published = new URL('../../../../shared/data/aws-managed-policies.json', import.meta.url);
const committed: unknown = JSON.parse(readFileSync('lib/catalog/aws-managed-policies.json', 'utf8'));

test.runIf(existsSync(published))('the generator makes the file that is here', () => {
  expect(generatePolicies(JSON.parse(readFileSync(published, 'utf8')))).toEqual(committed);
});

test.runIf(existsSync(published))('every policy that AWS has is known', () => {
  const names = Object.keys(JSON.parse(readFileSync(published, 'utf8')) as object);
  const unknown = names.filter((name) => awsManagedPolicy(`arn:aws:iam::aws:policy/${name}`) === undefined);
  expect(names.length).toBeGreaterThan(1_500);
  expect(unknown).toEqual([]);
});

test('a Deny of everything but others is a Deny of Rekognition', () => {
  const policy = awsManagedPolicy('arn:aws:iam::aws:policy/AWSIAMIdentityCenterAllowListForIdentityContext');
  expect(JSON.parse(policy?.text ?? '{}')).toMatchObject({
    Statement: [{ Effect: 'Deny', Action: ['rekognition:*'] }],
  });
});
