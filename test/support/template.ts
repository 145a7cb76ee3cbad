import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseTemplate,
  type ResolvedFunction,
  type ResolvedTemplate,
  resolveTemplate,
} from '@permission-check/cloudformation';
import * as z from 'zod';
import { root } from './handler-bundles.ts';

export const templateText = readFileSync(join(root, 'template.yaml'), 'utf8');

const scalar = z.union([z.string(), z.number()]);
const parameter = z.strictObject({
  Type: z.enum(['String', 'Number', 'CommaDelimitedList']),
  Default: scalar,
  Description: z.string(),
  AllowedValues: z.array(scalar).optional(),
  AllowedPattern: z.string().optional(),
  ConstraintDescription: z.string().optional(),
  MinValue: z.number().optional(),
  MaxValue: z.number().optional(),
});
const label = z.strictObject({ default: z.string() });

/** template.yaml as it is written; intrinsic functions in their long form. */
export const written = z
  .looseObject({
    Metadata: z.strictObject({
      // Serverless Application Repository Developer Guide, "AWS SAM template Metadata section properties".
      'AWS::ServerlessRepo::Application': z.strictObject({
        Name: z.string().regex(/^[a-zA-Z0-9-]{1,140}$/),
        Description: z.string().min(1).max(256),
        Author: z
          .string()
          .max(127)
          .regex(/^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$/),
        SpdxLicenseId: z.string(),
        LicenseUrl: z.string(),
        ReadmeUrl: z.string(),
        Labels: z.array(z.string().regex(/^[a-zA-Z0-9+\-_:/@]{1,127}$/)).max(10),
        SemanticVersion: z.string(),
      }),
      'AWS::CloudFormation::Interface': z.strictObject({
        ParameterGroups: z.array(z.strictObject({ Label: label, Parameters: z.array(z.string()) })),
        ParameterLabels: z.record(z.string(), label),
      }),
    }),
    Parameters: z.record(z.string(), parameter),
    Conditions: z.record(z.string(), z.json()),
    Rules: z.record(z.string(), z.json()),
    Resources: z.record(
      z.string(),
      z.looseObject({ Type: z.string(), DeletionPolicy: z.string().optional() }),
    ),
    Outputs: z.record(z.string(), z.looseObject({ Description: z.string(), Value: z.json() })),
  })
  .parse(parseTemplate(templateText).value);

/** template.yaml as it is deployed. */
export const deployedWith = (
  parameters: Readonly<Record<string, string>>,
  region = 'us-east-1',
): ResolvedTemplate =>
  resolveTemplate(templateText, {
    accountId: '123456789012',
    region,
    partition: 'aws',
    stackName: 'check',
    parameters,
  });

const given: Readonly<Record<string, string>> = {
  NotificationEmail: 'team@example.com',
  ProbeRoleArns: 'arn:aws:iam::123456789012:role/analyst',
  ProbeExternalId: 'check',
  AlarmTargetArn: 'arn:aws:sns:us-east-1:123456789012:operations',
  PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
  RolePath: '/security/',
  BatchingWindowSeconds: '120',
  EventBusName: 'findings',
  EvidenceLockDays: '365',
  ExpectationsWriters: 'arn:aws:iam::123456789012:role/rules-writer',
  ResourceRegions: 'us-east-1',
};

/** The stack with everything that can be chosen chosen: each condition holds. */
export const everything = deployedWith(
  Object.fromEntries(
    Object.entries(written.Parameters).flatMap(([name, { AllowedValues: values }]) => {
      const value = values?.includes('yes') ? 'yes' : given[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
);

/** The resources of a type. */
export const ofType = (type: string) => [...everything.resources.values()].filter((one) => one.type === type);

/** The function whose code is a file of handlers/. */
export function functionOf(handler: string): ResolvedFunction {
  const found = everything.functions.find(({ codeUri }) => codeUri === `dist/${handler}`);
  if (found === undefined) throw new Error(`template.yaml has no function with CodeUri dist/${handler}`);
  return found;
}

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const document = z.object({
  Statement: z.array(z.looseObject({ Effect: z.string(), Action: list, Resource: list })),
});

/** The statements of a function's role. */
export function statementsOf({ roleArn }: ResolvedFunction) {
  const role = everything.roles.find(({ arn }) => arn === roleArn);
  if (role === undefined) throw new Error(`${roleArn} is not a role of template.yaml`);
  if (role.managedPolicyArns.length > 0) throw new Error(`${role.logicalId} has managed policies`);
  return Object.values(role.policies).flatMap((text) => document.parse(JSON.parse(text)).Statement);
}
