/**
 * Cases about keys that have lists, and their policy variables: a list stands for no variable, its absence for the
 * default that the policy gives.
 */
import fc from 'fast-check';
import { account, type NoneCase } from './none-case.ts';
import { lines, policyOf } from './none-lines.ts';

const listed = ['aws:TagKeys', 'aws:CalledVia', 'my:list'];
const quantified = ['ForAnyValue:', 'ForAllValues:'].flatMap((quantifier) =>
  ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'].map((name) => quantifier + name),
);
const values = [
  'a',
  'b',
  'a*',
  ...[...listed, 'my:text'].flatMap((key) => [`\${${key}}`, `\${${key}, 'a'}`, `\${${key}, 'b'}*`]),
];

export const listCase: fc.Arbitrary<NoneCase> = policyOf(
  fc.oneof(
    { arbitrary: lines(listed, [quantified, values]), weight: 3 },
    {
      arbitrary: lines(['my:text', 'aws:SourceIdentity'], [['StringEquals', 'StringNotLike'], values]),
      weight: 1,
    },
  ),
).map((observed) => ({
  observed,
  known: { 'aws:PrincipalAccount': account },
  free: [],
  regions: [],
  resource: '*',
}));
