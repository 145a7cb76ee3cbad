import { z } from 'zod';
import { DEFAULT_BUS } from './bus.ts';

/** What EventBridge's operations take. Source: Amazon EventBridge API reference. */

export const putEvents = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        Resources: z.array(z.string()).optional(),
        Time: z.number().optional(),
        EventBusName: z.string().optional(),
      }),
    )
    .min(1)
    .max(10),
});
/** A bus by its name or its ARN. */
const onBus = {
  EventBusName: z
    .string()
    .regex(/^[/.\-_A-Za-z0-9:]{1,1600}$/)
    .transform(nameOfBus)
    .default(DEFAULT_BUS),
};
const tags = z.array(z.object({ Key: z.string(), Value: z.string() }));
export const busNamed = z.object({
  Name: z.string().regex(/^[/.\-_A-Za-z0-9]{1,256}$/),
  Tags: tags.default([]),
});
export const putRule = z.object({
  ...onBus,
  Name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[.\-_A-Za-z0-9]+$/),
  Description: z.string().max(512).optional(),
  RoleArn: z.string().min(1).max(1600).optional(),
  EventPattern: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).default('ENABLED'),
  Tags: tags.default([]),
});
export const resource = z.object({ ResourceARN: z.string() });
export const tagResource = z.object({ ...resource.shape, Tags: tags });
export const untagResource = z.object({ ...resource.shape, TagKeys: z.array(z.string()) });
export const putTargets = z.object({
  ...onBus,
  Rule: z.string(),
  Targets: z.array(
    z.object({
      Id: z.string(),
      Arn: z.string(),
      RoleArn: z.string().optional(),
      Input: z.string().optional(),
      InputPath: z.string().optional(),
      InputTransformer: z.unknown().optional(),
      DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
      RetryPolicy: z
        .object({
          MaximumRetryAttempts: z.number().min(0).max(185).optional(),
          MaximumEventAgeInSeconds: z.number().min(60).max(86_400).optional(),
        })
        .optional(),
    }),
  ),
});
export const named = z.object({ ...onBus, Name: z.string() });
export const ofRule = z.object({ ...onBus, Rule: z.string() });
const paged = {
  Limit: z.number().min(1).max(100).default(100),
  NextToken: z.string().regex(/^\d+$/).default('0').transform(Number),
};
export const listRules = z.object({ ...onBus, ...paged, NamePrefix: z.string().default('') });
export const ofTarget = z.object({ ...onBus, ...paged, TargetArn: z.string() });
export const describeBus = z.object({ Name: z.string().transform(nameOfBus).default(DEFAULT_BUS) });
export const removeTargets = z.object({
  ...onBus,
  Rule: z.string(),
  Ids: z.array(z.string()).min(1).max(100),
});
export const testEventPattern = z.object({ EventPattern: z.string(), Event: z.string() });

/** `audit` of `audit` and of `arn:aws:events:us-east-1:123456789012:event-bus/audit`. */
export function nameOfBus(nameOrArn = DEFAULT_BUS): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}
