import * as z from 'zod/mini';
import type { Value } from './types.ts';
import { hasUnknown } from './unknown.ts';

/** What the CDK's AwsCustomResource becomes: a resource that calls the SDK, whatever for. */
export const CALLER = 'Custom::AWS';

/** The call is JSON text, in which parts of strings may be unknown. */
const call = z.object({ service: z.string(), action: z.string() });

/** Services whose calls give access, or change who has it. */
const giving = /^(@aws-sdk\/client-)?(iam|organizations|sso-?admin|cognito-?identity)$/i;
/** Of Rekognition those that let other accounts copy models. */
const sharing = /^(put|delete)projectpolicy(command)?$/i;
const reading = /^(get|list|describe|simulate|generate)/i;

/**
 * The calls of a custom resource that may change access: `IAM attachRolePolicy`. Project policies of Rekognition are declared
 * in no other way: CloudFormation has no type for them.
 * Source: aws-cdk-lib, custom-resources, AwsCustomResource.
 */
export function callsThatGive(properties: Readonly<Record<string, Value>>): string[] {
  const calls = ['Create', 'Update', 'Delete'].flatMap((step) => {
    const value = properties[step];
    return value === undefined || value === null ? [] : [readCall(value)];
  });
  return [...new Set(calls.flatMap((one) => one ?? []))];
}

function readCall(value: Value): string | undefined {
  const { success, data } = z.safeParse(call, typeof value === 'string' ? parsed(value) : value);
  if (!success || hasUnknown(data.service) || hasUnknown(data.action)) return 'an API that is not known';
  const { service, action } = data;
  const gives = giving.test(service) ? !reading.test(action) : isRekognition(service) && sharing.test(action);
  return gives ? `${service} ${action}` : undefined;
}

const isRekognition = (service: string): boolean => /^(@aws-sdk\/client-)?rekognition$/i.test(service);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
