/**
 * Cases about keys of which one says what the other is (the two time keys, the two of the organization): tested
 * themselves, by whether they are there, and as the variables with which others are compared.
 */
import fc from 'fast-check';
import { account, type NoneCase } from './none-case.ts';
import { lines, policyOf } from './none-lines.ts';

const datePolicyValues = [
  '0001-01-01T00:00:00Z',
  '-62135596800',
  '-62167219200',
  '-1',
  '0',
  '1970-01-01T00:00:00.001Z',
  '1767225600',
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.500Z',
  '9999-12-31T23:59:59.999Z',
  '253402300799',
  '253402300800',
  '${aws:EpochTime}',
  '${aws:CurrentTime}',
];
const textPolicyValues = [
  '${aws:EpochTime}',
  'a${aws:EpochTime}',
  '${aws:EpochTime}0',
  '${aws:CurrentTime}',
  '${aws:TokenIssueTime}',
  '${my:text}',
  '1767225600',
  '2026-01-01T00:00:00Z',
  '17*',
  '-6*',
  '*Z',
  '?',
];
const organizationValues = [
  'o-1',
  'o-*',
  'o-1b',
  '*b',
  '${aws:ResourceOrgID}',
  'a${aws:ResourceOrgID}',
  '${aws:PrincipalOrgID}',
  '${aws:PrincipalOrgID}*',
  '${aws:SourceVpce}',
  '${my:text}',
];
const dateOperators = [
  'Equals',
  'NotEquals',
  'LessThan',
  'GreaterThan',
  'LessThanEquals',
  'GreaterThanEquals',
];
const textOperators = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'];

const aboutTime = lines(
  ['aws:CurrentTime', 'aws:EpochTime', 'aws:TokenIssueTime', 'aws:SourceVpce', 'my:text', 'my:day'],
  [dateOperators.map((name) => `Date${name}`), datePolicyValues],
  [textOperators, textPolicyValues],
  [
    ['NumericEquals', 'NumericLessThan', 'NumericGreaterThan'],
    ['0', '1767225600', '-62135596800', '253402300799.5'],
  ],
);
const aboutOrganizations = lines(
  ['aws:PrincipalOrgID', 'aws:ResourceOrgID', 'aws:SourceVpce', 'aws:SourceIdentity', 'my:text'],
  [textOperators, organizationValues],
);

export const companionCase: fc.Arbitrary<NoneCase> = fc
  .oneof(policyOf(aboutTime), policyOf(aboutOrganizations))
  .map((observed) => ({
    observed,
    known: { 'aws:PrincipalAccount': account },
    free: [],
    regions: [],
    resource: '*',
  }));
