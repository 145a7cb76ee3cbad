/**
 * The shape of expectations.yaml. The JSON Schema for editors is made of it (npm run schema), so the
 * descriptions here are what people see while they type.
 */
import * as z from 'zod/mini';
import { actionTable, resourceTypes } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { rekognitionRegions } from '#lib/catalog/regions.ts';
import type { ResourceType } from '#lib/catalog/types.ts';

/** A mapping that refuses keys it does not know, and says which one was probably meant. */
function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map((key) => `unknown key "${key}"${didYouMean(key, Object.keys(shape)) || keysOf(shape)}`)
            .join('\n')
        : undefined,
  });
}

function keysOf(shape: object): string {
  return ` (known keys: ${Object.keys(shape).join(', ')})`;
}

/** The parser keeps numbers as they are written; both other kinds become text. */
const scalar = z.union([z.string(), z.boolean(), z.number()]);
const scalars = z.union([scalar, z.array(scalar)]);
const texts = z.union([z.string(), z.array(z.string())]);

const pattern = z.string().check(
  z.meta({
    description: 'An action, with * and ?; those of other services as well',
    examples: ['rekognition:*', 'rekognition:Detect*', 'rekognition:Search*', ...actionTable],
  }),
);
const actionPatterns = z.union([pattern, z.array(pattern)]);

/** `arn:aws:rekognition:*:*:collection/*` */
const arnOfAny = ({ arn }: ResourceType): string =>
  arn.replace('${Partition}', 'aws').replaceAll(/\$\{\w+\}/g, '*');

const arnPattern = z.string().check(
  z.meta({
    description: '"*", or an ARN with * and ?',
    examples: ['*', ...resourceTypes.map(arnOfAny)],
  }),
);
const arnPatterns = z.union([arnPattern, z.array(arnPattern)]);

/** A day; an editor that checks formats knows it. */
const day = (description: string) =>
  z.string().check(z.meta({ description, format: 'date', examples: ['2027-12-31'] }));

/** What sets and guards can be called: no `@`, which a version follows. */
export const namePattern = /^[\w.-]+$/;
const name = z.string().check(z.regex(namePattern));

const condition = z
  .record(z.string(), z.record(z.string(), scalars))
  .check(z.describe('Condition block, as in an IAM policy: operator, context key, values'));

const statement = mapping({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.optional(actionPatterns),
  NotAction: z.optional(actionPatterns),
  Resource: z.optional(arnPatterns),
  NotResource: z.optional(arnPatterns),
  Condition: z.optional(condition),
}).check(z.describe('A statement, as in an IAM policy'));

const setReference = z.string().check(
  z.meta({
    description:
      'A set of this file, a Rekognition managed policy (@version may follow), or a set of the guide',
    examples: permissionSetNames(),
  }),
);

const setItem = z.union([setReference, statement]);

const permissionSet = z
  .union([z.array(setItem), setReference])
  .check(z.describe('Statements, and names of managed policies or other sets'));

const guard = mapping({
  actions: z.optional(
    actionPatterns.check(z.describe('Actions covered, with * and ?; every action when neither is given')),
  ),
  'access-levels': z.optional(
    z.array(z.enum(['List', 'Read', 'Write', 'Tagging', 'Permissions management'])),
  ),
  'applies-to': z.optional(
    z
      .enum(['users', 'roles'])
      .check(z.describe('Leave it out for both; services that assume a role have no MFA')),
  ),
  mfa: z.optional(z.literal(true).check(z.describe('aws:MultiFactorAuthPresent is true'))),
  tls: z.optional(z.literal(true).check(z.describe('aws:SecureTransport is true'))),
  'source-ip': z.optional(texts.check(z.describe('CIDR ranges for aws:SourceIp'))),
  between: z.optional(
    z
      .tuple([z.string(), z.string()])
      .check(z.describe('First and last day or moment, UTC: [2026-01-01, 2026-12-31]')),
  ),
  condition: z.optional(condition),
  without: z.optional(
    z.string().check(z.describe('How a finding calls access without it: "from outside the office"')),
  ),
}).check(z.describe('A condition that expected access must also meet'));

const patterns = texts;

const matcher = mapping({
  user: z.optional(patterns.check(z.describe('Name of a user, with * and ?'))),
  role: z.optional(patterns.check(z.describe('Name of a role, with * and ?'))),
  path: z.optional(patterns.check(z.describe('Path: /team/vision/, /team/*'))),
  arn: z.optional(patterns.check(z.describe('ARN, with * and ?'))),
  tag: z.optional(z.record(z.string(), z.union([scalar, z.array(scalar)]))),
  group: z.optional(patterns.check(z.describe('Name of a group that the user is in'))),
  attached: z.optional(
    patterns.check(z.describe('Name or ARN of a managed policy, attached directly or through a group')),
  ),
}).check(z.describe('All that is given must match; of a list, one'));

const matchText = z.string().check(
  z.meta({
    description: 'role/NAME, user/NAME, an ARN, or *; with * and ?',
    examples: ['role/*', 'user/*', '*'],
  }),
);

const expected = z.union([z.array(setReference), setReference]).check(
  z.meta({
    description:
      'Sets that it should amount to; [] is nothing, any is not judged, built-in is what its attached ' +
      'Rekognition managed policies grant',
    examples: [[], 'any', 'built-in'],
  }),
);

const assumer = z.union([
  z.string().check(
    z.meta({
      description:
        'A service, an account, role/NAME, user/NAME, the ARN of a principal, organization, identity-center, a provider, or any',
      examples: [
        'lambda.amazonaws.com',
        'rekognition.amazonaws.com',
        '123456789012',
        'role/ci',
        'user/ana',
        'arn:aws:iam::123456789012:role/ci',
        'token.actions.githubusercontent.com',
        'organization',
        'identity-center',
        'any',
      ],
    }),
  ),
  mapping({
    provider: z.string().check(z.describe('Host of an OIDC provider, or name of a SAML provider')),
    claims: z.optional(
      z
        .record(z.string(), patterns)
        .check(z.describe('What its tokens must say, with * and ?: { sub: "repo:acme/shop:*" }')),
    ),
  }),
]);

const rule = mapping({
  match: z.union([matchText, matcher, z.array(z.union([matchText, matcher]))]),
  expect: expected,
  unguarded: z.optional(
    z
      .array(setReference)
      .check(z.describe('More sets, of what may be done without the guards: beside a list under expect')),
  ),
  guards: z.optional(
    z
      .array(z.union([z.string(), guard]))
      .check(
        z.describe(
          'Guards of this rule: names of guards of the file, or guards of its own; without this key every guard applies',
        ),
      ),
  ),
  'assumed-by': z.optional(
    z
      .union([assumer, z.array(assumer)])
      .check(
        z.describe(
          'Who may assume the roles; without this key principals of the account and AWS services may, and named others are no finding',
        ),
      ),
  ),
  owner: z.optional(z.string().check(z.minLength(1, 'write who answers for it'))),
  reviewed: z.optional(day('Day of the last look at it: 2026-06-30')),
  until: z.optional(day('Last day on which it holds: 2026-12-31; access after that is a finding')),
});

const suppression = mapping({
  principal: z.optional(matchText),
  actions: z.optional(
    actionPatterns.check(z.describe('Actions whose findings are suppressed, with * and ?')),
  ),
  finding: z.optional(
    z
      .string()
      .check(z.regex(/^[0-9a-f]{16}$/, 'expected the id of a finding, as check --format json has it'))
      .check(z.describe('The id of the one finding that is suppressed')),
  ),
  reason: z.string().check(z.minLength(1, 'write why')),
  owner: z.string().check(z.minLength(1, 'write who answers for it')),
  until: day('Last day on which it holds: 2026-12-31'),
});

const region = z
  .string()
  .check(z.regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'expected a Region such as us-east-1'))
  .check(
    z.meta({
      description: 'Region whose resources are asked about',
      examples: Object.values(rekognitionRegions).flat(),
    }),
  );

const context = z
  .record(z.string(), scalars)
  .check(z.describe("The team's normal request: context keys and values, added to the defaults"));

const sections = {
  sets: 'Own permission sets, by name',
  guards: 'Named conditions, by name',
  principals: 'Who should be able to do what; the first match wins',
  default: 'For principals that no rule matches; built-in when left out',
  suppress: 'Findings that are known and accepted for a time',
} as const;

/** The whole file, for the JSON Schema. */
export const fileSchema = mapping({
  region: z.optional(region),
  context: z.optional(context),
  sets: z.optional(z.record(name, permissionSet).check(z.describe(sections.sets))),
  guards: z.optional(z.record(name, guard).check(z.describe(sections.guards))),
  principals: z.optional(z.array(rule).check(z.describe(sections.principals))),
  default: z.optional(expected.check(z.describe(sections.default))),
  suppress: z.optional(z.array(suppression).check(z.describe(sections.suppress))),
});

/** The file's outline: its entries are read one by one, with the schemas of `entry`, so that each mistake is told. */
export const outlineSchema = mapping({
  region: z.optional(region),
  context: z.optional(context),
  sets: z.optional(z.record(z.string(), z.unknown())),
  guards: z.optional(z.record(z.string(), z.unknown())),
  principals: z.optional(z.array(z.unknown())),
  default: z.optional(expected),
  suppress: z.optional(z.array(z.unknown())),
});

export const entry = { setItem, guard, rule, suppression } as const;

export type Outline = z.infer<typeof outlineSchema>;
export type ScalarsInput = z.infer<typeof scalars>;
export type StatementInput = z.infer<typeof statement>;
export type GuardInput = z.infer<typeof guard>;
export type MatchInput = z.infer<typeof rule>['match'];
export type MatcherInput = z.infer<typeof matcher>;
export type ExpectedInput = z.infer<typeof expected>;
export type RuleInput = z.infer<typeof rule>;
export type AssumedByInput = z.infer<typeof assumer>;
export type SuppressionInput = z.infer<typeof suppression>;
